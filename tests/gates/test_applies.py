"""Which gates apply: what a configuration lacks never takes away a gate that could be run."""

from __future__ import annotations

import pytest

from harness.config import parse
from harness.flow.applies import applicable
from harness.gates.table import GATES
from tests.gates.conftest import Stand


@pytest.mark.parametrize("language", ["", "javascript", "python", "typescript"])
def test_secrets_are_looked_for_whatever_the_language(language: str) -> None:
    assert "secrets" in applicable("feature", parse(f'[project]\nlanguage = "{language}"\n'))[0]


def test_assertions_without_tests_could_not_run(stand: Stand) -> None:
    config = parse('[project]\nlanguage = "python"\n')
    names, _ = applicable("feature", config)
    gate = next(gate for gate in GATES if gate.name == "assertions")
    result = gate.check(stand.subject(config), stand.bench)
    assert gate.name in names
    assert (result.result, result.reason) == ("could not run", "harness.toml has no [commands] unit")
