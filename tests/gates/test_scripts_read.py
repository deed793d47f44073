"""What is read of tests in TypeScript: each test of the sample says in its title what it is."""

from __future__ import annotations

import pytest

from harness.gates import testcase
from harness.gates.jstests import read
from tests.gates.test_marked import files

SAMPLE = {path: text.encode() for path, text in files("assertions").items()}
READ, BROKEN = read(*({p: d for p, d in SAMPLE.items() if p.startswith(top)} for top in ("tests/", "src/")))


def kind(test: testcase.Test) -> str:
    return test.name.rpartition(" > ")[2].partition(":")[0]


@pytest.mark.parametrize("test", READ, ids=[test.name for test in READ])
def test_a_title_says_what_the_test_is(test: testcase.Test) -> None:
    assert bool(test.real) == (kind(test) != "none") or kind(test) == "skipped"
    assert test.skipped == (kind(test) == "skipped")
    assert test.only == (kind(test) == "only")


def test_every_test_is_read() -> None:
    assert not BROKEN
    titles = sum(line.count(f'"{each}: ') for text in SAMPLE.values() for line in text.decode().splitlines()
                 for each in ("none", "some", "skipped", "only"))  # fmt: skip
    assert len(READ) == titles > 70
