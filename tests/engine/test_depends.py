"""A change that depends on another waits for it before its merge, and no open change is overlooked."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli.progress import progress
from harness.errors import Mistake, Parked
from harness.peers import depending
from tests import target
from tests.engine import kit
from tests.engine.kit import Plan, go, later, serving, waiting
from tests.engine.test_base import OWN, course, shared
from tests.engine.test_lock import meddle

__all__ = ["shared"]

META = f"{target.FOLDER}/.openspec.yaml"
FIRST = "openspec/changes/say-it-first"


def meta(top: Path, on: str, more: str = "") -> None:
    """The proposal's metadata."""
    (top / META).write_text(f"schema: spec-driven\ndepends_on: {on}\n{more}")


def draft(top: Path, folder: str, delta: str) -> None:
    """Another change in the working tree."""
    (top / folder / "specs/greeting").mkdir(parents=True)
    (top / folder / "proposal.md").write_text(target.PROPOSAL)
    (top / folder / "specs/greeting/spec.md").write_text(delta)


def test_it_waits_before_its_merge_and_goes_on_when_the_other_has_landed(shared: Path) -> None:
    meta(shared, "[say-it-first]")
    draft(shared, FIRST, "## ADDED Requirements\n")
    with serving(target.Team(course())):
        ceo = target.Yes()
        with pytest.raises(Parked, match=r"add-farewell waits for change say-it-first, which is not merged yet \(in"):
            go(shared, ceo)
        spec = next(asked.detail["about"] for asked in ceo.asked if "implement" in asked.detail["what"])
        assert spec["waits for"] == {"say-it-first": "is not merged yet (in the working tree)"}
        assert kit.passage(kit.journal(shared))[-1][0] == "implement"
        with kit.at(shared) as found:
            facts, _ = progress(found, target.CHANGE)
            assert (facts["waits_for"], facts["what"]) == (
                "change say-it-first", "it is not merged yet (in the working tree)",
            )  # fmt: skip
        with pytest.raises(Parked, match="waits for change say-it-first"):
            go(shared)
        meddle(shared, f"{FIRST}/record/decisions.md", "", "# Decisions\n", "develop")
        with kit.at(shared) as found:
            assert progress(found, target.CHANGE)[0]["waits_for"] == "driver"
        assert go(shared).state.finished == "merged"
    kept = target.git(shared, "show", f"develop:{target.archived(shared)}/.openspec.yaml")
    assert kept.endswith("depends_on: [say-it-first]")


@pytest.mark.parametrize(
    ("on", "told"),
    [
        ("say-it-first", "has to be a list"),
        ("[1]", "has to be a list"),
        ("[../up]", "can't be a change"),
        ("[add-farewell]", "names add-farewell itself"),
        ("[a", "not valid YAML"),
        (f"[{'a' * 70_000}]", "larger than 64 KiB"),
    ],
)
def test_what_can_t_be_meant_so_is_a_mistake(shared: Path, on: str, told: str) -> None:
    meta(shared, on)
    with serving(target.Team(course())) as endpoint, pytest.raises(Mistake, match=told):
        go(shared)
    assert endpoint.requests == [] and kit.journal(shared) == []


def test_a_loop_is_named(shared: Path) -> None:
    meta(shared, "[say-it-first]")
    draft(shared, FIRST, OWN)
    (shared / FIRST / ".openspec.yaml").write_bytes(
        b"\xef\xbb\xbfschema: spec-driven\r\ndepends_on:\r\n  - add-farewell\r\n"
    )
    loop = "add-farewell → say-it-first → add-farewell"
    with serving(target.Team(course())), pytest.raises(Mistake, match=loop):
        go(shared)


def test_an_unknown_change_is_waited_for_by_name(shared: Path) -> None:
    meta(shared, "[say-it-frist]")
    with serving(target.Team(course())), pytest.raises(Parked, match="say-it-frist, which is not known here"):
        go(shared)


def test_overlap_is_shown_at_the_approval(shared: Path) -> None:
    """Of what lies in the working tree, on develop, and on another change's branch; a folder that is a link is none."""
    draft(shared, FIRST, OWN.replace("\n", "\r\n"))
    draft(shared, "openspec/changes/half-written", "\ufeff## MODIFIED Requirements\n\n### Requirement: greeting\n")
    draft(shared, "openspec/changes/other-thing", target.DELTA)
    (shared / "openspec/changes/linked").symlink_to(shared / FIRST)
    meddle(shared, "openspec/changes/on-develop/specs/greeting/spec.md", "", OWN, "develop")
    meddle(shared, "openspec/changes/archive/2026-01-01-over/specs/greeting/spec.md", "", OWN, "develop")
    meddle(shared, "openspec/changes/landed/specs/greeting/spec.md", "", OWN, "develop")
    meddle(shared, "openspec/changes/landed/record/gates.md", "", "# Gates\n", "develop")
    with serving(target.Team(course())), pytest.raises(Parked):
        go(shared, Plan(("implement", later)))
    line = "greeting: Greeting (MODIFIED here, MODIFIED there)"
    assert waiting(shared).detail["about"]["touched by others"] == {
        "half-written (in the working tree)": line,
        "on-develop (on the integration branch)": line,
        "say-it-first (in the working tree)": line,
    }


def test_a_change_that_was_abandoned_is_named_as_that(shared: Path) -> None:
    with serving(target.Team(course())):
        with pytest.raises(Parked):
            go(shared, Plan(("implement", later)))
        kit.put(shared, kit.said("abandon")(waiting(shared)))
        assert go(shared).state.finished == "abandoned"
    draft(shared, FIRST, OWN)
    (shared / FIRST / ".openspec.yaml").write_text(f"schema: spec-driven\ndepends_on: [{target.CHANGE}]\n")
    with kit.at(shared) as found:
        assert depending(found, "say-it-first", "") == {target.CHANGE: "was abandoned"}


def test_a_damaged_record_of_another_change_stops_nobody(shared: Path) -> None:
    with serving(target.Team(course())), pytest.raises(Parked):
        go(shared, Plan(("implement", later)))
    with kit.at(shared) as found:
        found.store.execute(
            "update entries set body = replace(body, 'develop', 'DEVELOP') where run=?", (target.CHANGE,)
        )
    draft(shared, FIRST, OWN)
    (shared / FIRST / ".openspec.yaml").write_text(f"schema: spec-driven\ndepends_on: [{target.CHANGE}]\n")
    with kit.at(shared) as found:
        assert depending(found, "say-it-first", "") == {target.CHANGE: "has a damaged record"}
