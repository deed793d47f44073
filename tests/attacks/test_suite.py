"""The suite itself: whole, and able to fail."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.attacks import cannot
from tests.attacks.__main__ import Cells, verdict
from tests.attacks.attack import TRIED, Arena, Attack, bash
from tests.attacks.crew import Tried
from tests.attacks.stand import Report
from tests.attacks.suite import ATTACKS, GROUPS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/security.md").read_text(encoding="utf-8")
PUBLISHED = ("CVE-2026-25725", "CVE-2025-59944", "CVE-2025-48384", "CVE-2025-59536", "CVE-2026-21852")
HELD = Attack("X01", "nothing", lambda arena: [bash("true")], lambda arena, said: False)
BROKE = Attack("X02", "everything", lambda arena: [bash("true")], lambda arena, said: True)


def test_there_are_enough_and_each_has_a_name_of_its_own() -> None:
    names = [attack.id for attack in ATTACKS]
    assert len(names) == len(set(names)) >= 66
    assert len({attack.title for attack in ATTACKS}) == len(names)
    assert list(GROUPS) == ["writes", "secrets", "network", "processes", "git", "configuration", "forgery"]
    for group, members in GROUPS.items():
        assert members and {attack.id[0] for attack in members} == {group[0].upper()}
        assert (Path(__file__).parent / f"{group}.py").is_file()


def test_the_published_escapes_are_among_them() -> None:
    for name in PUBLISHED:
        assert any(name in attack.title for attack in ATTACKS), name
        assert re.search(rf"{name} \([A-Z]\d\d\)", PAGE), name


def test_the_page_names_every_attack_and_no_other() -> None:
    assert set(re.findall(r"\b[A-Z]\d\d\b", PAGE)) == {attack.id for attack in ATTACKS}
    assert all(f"**{group.capitalize()}" in PAGE or f"({group})" in PAGE for group in GROUPS)


def test_the_page_says_what_level_2_cannot_hold() -> None:
    section = PAGE.split("## What level 2 can't hold")[1].split("\n## ")[0]
    weak = {attack.id for attack in ATTACKS if attack.beyond or attack.abi}
    assert set(re.findall(r"\b[A-Z]\d\d\b", section)) == weak


def test_the_list_names_attacks_and_no_level_of_protection() -> None:
    """What is listed can only be a control that this kind of user can't have; a success can't be listed at all."""
    for row in cannot.read().rows:
        assert row.attack in {attack.id for attack in ATTACKS}
        assert row.reason.endswith(".") and len(row.reason.split()) > 4
        assert row.level == "without"


@pytest.mark.parametrize("line", ["W01 root 3", "W01 nobody 3 for a reason", "W01 root 4 for a reason"])
def test_a_line_of_the_list_needs_its_form(line: str, tmp_path: Path) -> None:
    (tmp_path / "list").write_text(line + "\n")
    with pytest.raises(ValueError, match="is not ATTACK KIND COLUMN REASON"):
        cannot.read(tmp_path / "list")


@pytest.mark.parametrize(
    ("attack", "level", "said", "expected"),
    [
        (HELD, 3, TRIED, "held"),
        (BROKE, 3, TRIED, "SUCCEEDED"),
        (BROKE, 2, TRIED, "SUCCEEDED"),
        (HELD, 3, "no sandbox", "could not run"),
    ],
)
def test_a_row_is_judged(
    attack: Attack, level: int, said: str, expected: str, arena: Arena, capsys: pytest.CaptureFixture[str]
) -> None:
    Report(level).judged(attack, arena, Tried(said, TRIED in said))
    assert f'"result": "{expected}"' in capsys.readouterr().out


def test_what_level_2_cannot_hold_is_open_there_alone(arena: Arena, capsys: pytest.CaptureFixture[str]) -> None:
    weak = Attack("X03", "weak", lambda arena: [], lambda arena, said: True, beyond="for a reason")
    for level, expected in ((2, "open"), (3, "SUCCEEDED")):
        Report(level).judged(weak, arena, Tried(TRIED, True))
        assert f'"result": "{expected}"' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("result", "level", "listed", "wrong"),
    [
        ("held", 3, False, False),
        ("SUCCEEDED", 3, False, True),
        ("SUCCEEDED", 3, True, True),
        ("could not run", 3, False, True),
        ("could not run", 3, True, False),
        ("works", 0, False, False),
        ("does not work", 0, True, True),
        ("held", 0, False, True),
    ],
)
def test_what_fails_the_suite(result: str, level: int, listed: bool, wrong: bool) -> None:
    cells: Cells = {("X01", "root", level): (result, "seen")}
    rows = (cannot.Row("X01", "root", "*", "for a reason"),) if listed else ()
    assert bool(verdict([HELD], cells, ("root",), cannot.Cannot(rows), (level,))) == wrong


def test_the_suite_runs_from_the_control_to_the_merge() -> None:
    """One attack of each kind of moment, for the user who runs the tests."""
    kind = "root" if os.getuid() == 0 else "user"
    words = ["W01", "S24", "G02", "F01", "F03", "F07", "--kind", kind, "--level", "0", "--level", "3"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.attacks", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 attacks, all held" in done.stdout


@pytest.fixture
def arena(tmp_path: Path) -> Arena:
    """Nothing but its paths: no attack is run in it."""
    return Arena(
        base=tmp_path, top=tmp_path, work=tmp_path, home=tmp_path, outside=tmp_path, cache=tmp_path, tools=tmp_path,
        harness=0, secrets={},
    )  # fmt: skip
