"""Operations that need credentials by the spec, and answer without: asked where no other measurement came that far."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from harness.gates.bundle import Api
from harness.gates.operation import Operation
from harness.gates.sampled import ask

MOST = 200
"""Operations that are asked."""


def unlocked(api: Api, closed: Iterable[Operation], service: Path, prefix: str) -> Iterator[tuple[Operation, int]]:
    """(operation, status) of each that answers 2xx to one request with the spec's own examples and no credentials."""
    for operation in list(closed)[:MOST]:
        status = ask(api, operation, service, prefix)
        if 200 <= status < 300:
            yield operation, status
