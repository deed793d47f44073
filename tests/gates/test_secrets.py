"""What the gate on secrets keeps and says never holds the secret; without its tool it could not run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.config import parse
from harness.gates import secrets
from harness.gates.leak import reported
from harness.ports import Sandbox
from tests.gates.conftest import Stand

WORD = "Xk9" + "!vQ2z" + "Lm7Rt"
AWS = "AKIA" + "Z7QX3MNB5KLP2WRT"
CONFIG = parse('[project]\nlanguage = "python"\n')


def test_neither_findings_nor_evidence_hold_it(make: Callable[[Sandbox], Stand], sandbox: Sandbox) -> None:
    stand = make(sandbox)
    stand.repo.commit({"app/a.py": f'password = "{WORD}"\nkey = "{AWS}"\n'})
    result = secrets.check(stand.subject(CONFIG), stand.bench)
    assert result.result == "failed" and result.figures["new"] == 2
    kept = stand.blobs[result.evidence].decode()
    for text in (result.model_dump_json(), kept):
        assert WORD not in text and AWS not in text
    assert {row.rule for row in result.findings} == {"secrets-known", "secrets-guessed"}


def test_without_the_tool_it_could_not_run(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.prefix", "/nowhere")
    result = secrets.check(stand.subject(CONFIG), stand.bench)
    assert result.result == "could not run" and "pip install '.[gates]'" in result.reason


@pytest.mark.parametrize("report", [b"", b"[]", b"{}", b'{"results": 5}', b'{"results": {"a": [{}]}}', b"[" * 100_000])
def test_a_report_that_cannot_be_read_is_none(report: bytes) -> None:
    assert reported(report, {}) is None
