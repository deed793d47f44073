"""This repository is governed by its own rules: its specs, backlog, charter and minutes are what the harness takes."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from harness import prompting, shipped
from harness.changes.inspect import Verdict, living
from harness.changes.repository import active, capabilities
from harness.changes.root import Root
from harness.cli.openspec.dispatch import run
from harness.domain.vocabulary import claims
from harness.flow.backlog import read
from harness.openspec.landing import land
from harness.openspec.living import structure

ROOT = Path(__file__).parent.parent
HOUSE = Root(ROOT, True)
SPECS = capabilities(HOUSE)
MINUTES = sorted((ROOT / "TBC" / "minutes").iterdir())
RENDER = prompting.renderer(shipped.folder("prompts"), {})
ADDED = """## ADDED Requirements

### Requirement: Something that no specification has
The harness SHALL have it.

#### Scenario: It is there
- **WHEN** somebody looks
- **THEN** it is there
"""


def test_the_command_finds_everything_valid(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert run(["validate", "--all", "--strict"]) == 0
    assert f"{len(SPECS) + len(active(HOUSE))} passed, 0 failed" in capsys.readouterr().out


@pytest.mark.parametrize("name", SPECS)
def test_a_specification(name: str) -> None:
    """Valid by the strict rules, without so much as a remark, and such that a change can be folded into it."""
    issues = living(HOUSE, name)
    assert Verdict(name, "spec", issues, strict=True).valid and not issues
    data = (ROOT / "openspec" / "specs" / name / "spec.md").read_bytes()
    assert b"\r" not in data and not structure(data.decode())
    landing = land({name: ADDED.encode()}, {name: data}, "some-change")
    assert not landing.problems and (landing.texts[name] or "").count("### Requirement:") == 1 + data.count(b"### Req")


def test_the_backlog_has_items_alone_and_what_is_done_is_specified() -> None:
    found = read((ROOT / "openspec" / "backlog.md").read_bytes())
    assert found.problems == () and all(item.text for item in found.items)
    assert {item.name for item in found.items if item.done} >= {"first-version", "archive"}
    assert any(not item.done for item in found.items)


def headings(text: str) -> list[str]:
    return re.findall(r"^#{1,2} .*", text, re.M)


def test_the_charter_is_the_templates() -> None:
    """Its sections and its words; the sentences are the CEO's to change."""
    own, template = (ROOT / "TBC" / "charter.md").read_text(), RENDER("charter", project="harness")
    assert headings(own) == headings(template)
    assert re.findall(r"^\|.*", own, re.M) == re.findall(r"^\|.*", template, re.M)


def rendered() -> str:
    """Minutes as the harness renders them."""
    entry = {"run": "consult-001", "number": 1, "started": "", "ended": "", "how": "ended", "first": 1, "last": 2}
    return RENDER(
        "session-minutes", runs=["x"], day="2026-01-01", attendees=["a"], sessions=[entry], decisions=[], actions=[]
    )


@pytest.mark.parametrize("path", MINUTES, ids=lambda path: path.name)
def test_minutes_have_the_form_that_the_harness_renders(path: Path) -> None:
    text, form = path.read_text(encoding="utf-8"), rendered()
    named = re.fullmatch(r"TBC-MIN-(\d{3})-(\d{4}-\d\d-\d\d)\.md", path.name)
    assert named and text.startswith(f"# TBC-MIN-{named[1]}: ")
    assert headings(text)[1:] == headings(form)[1:]
    facts = re.compile(r"^- (Date|Attendees|Agenda): \S.*", re.M)
    assert facts.findall(text) == facts.findall(form) and f"- Date: {named[2]}\n" in text
    for name in headings(form)[1:]:
        lines = text.partition(f"{name}\n")[2].partition("\n## ")[0].strip().splitlines()
        assert lines and all(line.startswith(("- ", "  ")) for line in lines), f"{name} has items alone"
    actions = text.partition("## Actions\n")[2].strip().replace("\n  ", " ").splitlines()
    assert all(re.fullmatch(r"- authorized: .+, owner: .+", line) for line in actions)


@pytest.mark.parametrize("path", MINUTES, ids=lambda path: path.name)
def test_minutes_claim_nothing_without_evidence(path: Path) -> None:
    assert claims(path.read_text(encoding="utf-8")) == []


def test_minutes_are_numbered_without_a_gap_and_in_order() -> None:
    found = [(int(path.name[8:11]), path.name[12:22]) for path in MINUTES]
    assert [number for number, _ in found] == list(range(1, len(found) + 1))
    assert all(a[1] <= b[1] for a, b in pairwise(found))
