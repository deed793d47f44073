"""Secrets in what a tool gives back: neither the model nor the record gets them, and no mark is written back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.domain.secret import marked, redacted
from tests import target
from tests.engine import kit
from tests.engine.kit import go, serving

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----"
SECRETS = [
    KEY,
    "sk-ant-api03-" + "a1B2" * 10,
    "AKIA" + "ABCDEFGH12345678",
    "ghp_" + "a1" * 20,
    "glpat-" + "x" * 22,
    "xoxb-" + "1" * 24,
    "AIza" + "b" * 35,
]


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_replaced_by_its_kind_and_digest(secret: str) -> None:
    said = redacted(f"before {secret} after")
    assert secret not in said and said.startswith("before [redacted ") and said.endswith(" after") and marked(said)
    assert redacted(said) == said


@pytest.mark.parametrize("text", ["sk-short", "task-force", "a key: AKIA", "def sk_ant(): ...", "[redacted]", ""])
def test_ordinary_text_stays(text: str) -> None:
    assert redacted(text, ("short",)) == text and not marked(text)


def test_the_key_in_use_is_replaced_wherever_it_stands() -> None:
    assert "test-key-1" not in redacted("x=test-key-1;", ("test-key-1",))


def test_neither_model_nor_record_gets_it_and_no_mark_is_written_back(repo: Path) -> None:
    secret = SECRETS[1]
    target.git(repo, "stash", "-qu")
    target.git(repo, "checkout", "-q", "develop")
    (repo / "settings.py").write_text(f'KEY = "{secret}"\n')
    target.git(repo, "add", "-A")
    target.git(repo, "commit", "-qm", "chore: leak a key")
    target.git(repo, "checkout", "-q", "main")
    target.git(repo, "stash", "pop", "-q")
    back = redacted(f'KEY = "{secret}"\n')
    code, deliver = target.implement()
    looks: list[list[dict[str, Any]]] = [
        [target.call("view", path="settings.py", view_range=[]), target.call("bash", command="cat settings.py")],
        [target.call("create", path="settings.py", file_text=back)],
    ]
    course = {**target.play(), "implement/1": [*looks, code, deliver], "review/1": [[target.verdict(kind="code")]]}
    with serving(target.Team(course)) as endpoint:
        assert go(repo).state.finished == "merged"
    sent = "".join(str(request["messages"]) for request in endpoint.requests)
    written = "".join(entry.event.model_dump_json() for entry in kit.journal(repo))
    assert secret not in sent and secret not in written
    assert "[redacted anthropic key" in sent and "it stands for a secret that you were not shown" in sent
    assert target.git(repo, "show", "develop:settings.py") == f'KEY = "{secret}"'
