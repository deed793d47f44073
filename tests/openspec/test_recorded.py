"""Our command line against what OpenSpec's own tool answered: exit codes, JSON, text and final trees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.openspec.recorded import Case, answer, cases, tree

DIFFERENT: dict[str, str] = {}
"""case and step -> why we differ on purpose; docs/openspec.md says it to the user"""


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.name)
def test_a_recorded_case(case: Case, tmp_path: Path) -> None:
    root = tmp_path / "proj"
    case.lay(root)
    start = tree(root)
    for number, step in enumerate(case.data["steps"]):
        got = answer(step["args"], root / case.data["cwd"], root)
        if f"{case.name}:{number}" in DIFFERENT:
            assert got != told(step), "it does not differ any more: take it off the list"
            continue
        assert got == told(step), step["args"]
    after = tree(root)
    changed = {name: entry for name, entry in after.items() if start.get(name, ...) != entry}
    gone = sorted(name for name in start if name not in after and not name.endswith("/"))
    assert (changed, gone) == (case.data["left"], case.data["gone"])


def told(step: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in step.items() if key != "args"}


def test_there_are_cases_of_every_family() -> None:
    names = [case.name for case in cases()]
    assert len(names) > 150
    assert sum(len(case.data["steps"]) for case in cases()) > 600
