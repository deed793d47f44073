"""Files of TypeScript in many styles, by gate: what is found in them stands on the lines that end in a mark, and on no
others. One run of a gate reads them all."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.gates.corpus.bed import judge
from tests.gates.corpus.delivery import Delivery
from tests.gates.corpus.typescript import BASE, CONFIG

SAMPLES = Path(__file__).parent.parent / "samples" / "marked"
MARK = "/*!*/"
ERRORS = CONFIG + '[errors]\nhierarchy = ["AppError"]\n'
pytestmark = pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")


def files(*folders: str) -> dict[str, str]:
    """path in the repository -> text, of all the files in folders of the samples."""
    found = {}
    for folder in folders:
        top = SAMPLES / folder
        found |= {each.relative_to(top).as_posix(): each.read_text() for each in top.rglob("*.*") if each.is_file()}
    return found


@pytest.mark.parametrize("kind", ["honest", "wrong"])
@pytest.mark.parametrize("gate", ["types", "docs", "errors"])
def test_what_is_found_is_marked(gate: str, kind: str) -> None:
    base, brought = {**BASE, **files(f"{gate}/base")}, files(f"{gate}/{kind}")
    lines = [(path, at, line) for path, text in brought.items() for at, line in enumerate(text.split("\n"), 1)]
    marked = {(path, at) for path, at, line in lines if MARK in line}
    assert brought and bool(marked) == (kind == "wrong")
    delivery = Delivery(
        gate, kind, {path: text.replace(MARK, "") for path, text in brought.items()}, base,
        ERRORS if gate == "errors" else CONFIG,
    )  # fmt: skip
    result = judge(delivery).result
    assert result.result == ("failed" if marked else "passed"), (result.reason, result.findings)
    assert {(row.path, row.line) for row in result.findings} == marked, sorted(map(str, result.findings))
