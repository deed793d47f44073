"""What the trials on public packages say of a delivery; the trials themselves need package registries."""

from __future__ import annotations

import pytest

from tests.gates.public.__main__ import PACKAGES, main
from tests.gates.public.package import Trial, swapped, tried
from tests.gates.public.table import Row, Word, few, table, word


@pytest.mark.parametrize(
    ("honest", "result", "fault", "said"),
    [
        (True, "passed", "", "passed"),
        (True, "failed", "false alarm (failed): x", "false alarm"),
        (True, "passed", "false alarm (listed): x", "false alarm"),
        (True, "could not run", "false alarm (could not run): x", "could not run"),
        (False, "failed", "", "caught"),
        (False, "passed", "missed (passed): ", "missed"),
        (False, "failed", "failed for another reason: x", "missed"),
        (False, "could not run", "missed (could not run): x", "could not run"),
    ],
)
def test_what_became_of_a_delivery(honest: bool, result: str, fault: str, said: Word) -> None:
    assert word(honest, result, fault) == said


def row(package: str, name: str, said: Word, fault: str = "") -> Row:
    return Row("lint", package, name, said, fault, 1.0)


def test_a_gate_needs_two_packages_on_both_sides() -> None:
    rows = [row("a 1", "honest", "passed"), row("a 1", "x", "caught"), row("b 1", "honest", "passed")]
    assert few(rows, ["lint"]) == ["lint caught on 1 of at least 2 packages"]
    assert few([*rows, row("b 1", "x", "caught")], ["lint"]) == []


def test_the_table_ends_with_what_is_wrong() -> None:
    lines = table([row("a 1", "honest", "false alarm", "why"), row("a 1", "x", "caught")], ["lint", "docs"])
    assert lines[1].split() == ["lint", "a", "1", "false", "alarm", "caught", "2.0"]
    assert lines[2:] == ["false alarm: lint on a 1, honest: why"]


def test_a_violation_may_leave_out_what_the_branch_brings() -> None:
    honest, wrong = tried({"a": "1", "b": "2"}, {"lint": Trial({"a": None, "c": None}, "lint")})
    assert (honest.files, honest.rule) == ({"a": "1", "b": "2"}, "")
    assert (wrong.files, wrong.rule) == ({"b": "2", "c": None}, "lint")


def test_a_passage_that_is_not_there_once_is_a_mistake() -> None:
    assert swapped("a b", "a", "c") == "c b"
    for text in ("b", "a a"):
        with pytest.raises(LookupError, match="times there, not once: a"):
            swapped(text, "a", "c")


def test_every_package_is_pinned() -> None:
    assert all(each.version and all("==" in tool or "@" in tool[1:] for tool in each.environment) for each in PACKAGES)


def test_a_gate_that_nobody_has_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--only", "nothing"])
    assert "invalid choice: 'nothing'" in capsys.readouterr().err
