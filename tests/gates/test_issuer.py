"""The sample TypeScript service goes through every gate; with `-rP` the figures of each are printed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.domain.gate import GateResult
from harness.flow.applies import applicable
from harness.gates.bench import GitBench
from harness.gates.table import GATES
from harness.ports import Subject
from tests.gates.corpus.bed import repository, sandbox
from tests.gates.issuer import stand


@pytest.fixture(scope="module")
def issuer() -> Iterator[tuple[Subject, GitBench]]:
    with repository() as (repo, scratch):
        yield stand(repo, sandbox(), scratch)


@pytest.mark.parametrize("gate", GATES, ids=[gate.name for gate in GATES])
def test_the_sample_passes(gate: object, issuer: tuple[Subject, GitBench]) -> None:
    subject, bench = issuer
    found = next(each for each in GATES if each is gate)
    names, out = applicable("feature", subject.config)
    if found.name not in names:
        # Only what is switched off by its own key, and needs a network or hours, may be left out.
        assert found.name in ("dependencies", "mutation"), out[found.name]
        return
    assert found.ready(subject.config, bench.sandbox) == ""
    result = found.check(subject, bench)
    print(shown(result))
    assert result.passed, shown(result)


def shown(result: GateResult) -> str:
    """What the gate says, for a person."""
    rows = [
        f"{result.gate}: {result.result} {result.reason}",
        *(f"  {key}: {value}" for key, value in result.figures.items()),
    ]
    return "\n".join([*rows, *(f"  {row.path}:{row.line}: {row.rule}: {row.text}" for row in result.findings)])
