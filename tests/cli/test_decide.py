"""`harness approve` and its like, with a key and without, as a user calls them."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.domain.decision import Decision
from harness.domain.event import Answered, Turned
from harness.errors import Parked, Refused
from tests import signer, target
from tests.cli.conftest import ROOT, Shell
from tests.cli.test_ceo import SUBJECT, asked, nobody, terminal
from tests.engine import kit
from tests.engine.kit import go, later, serving, waiting
from tests.engine.test_decisions import short


@pytest.fixture(scope="module")
def parked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the repository of a run that waits for the spec's approval, and a key with a passphrase."""
    folder = tmp_path_factory.mktemp("parked")
    top = target.make(folder / "repo")
    with serving(target.Team(short())), pytest.raises(Parked):
        go(top, target.Yes(later))
    signer.key(folder / "keys", "open")
    signer.key(folder / "keys", "closed", "open sesame")
    return folder


@pytest.fixture
def shell(parked: Path, tmp_path: Path) -> Shell:
    shutil.copytree(parked / "repo", tmp_path / "repo", symlinks=True)
    shutil.copytree(parked / "keys", tmp_path / "keys")
    env = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "ANTHROPIC_", "HARNESS_", "SSH_"))}
    env |= {"HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "200"}
    env |= {"XDG_CACHE_HOME": str(tmp_path / "cache"), "GIT_CONFIG_NOSYSTEM": "1"}
    return Shell(tmp_path / "repo", env)


def home(shell: Shell) -> Path:
    return Path(shell.env["HOME"])


def digest(shell: Shell) -> str:
    return str(waiting(shell.top).detail["subject"])


def decided(shell: Shell) -> list[Decision]:
    """What stands on the record."""
    answers = kit.of(kit.journal(shell.top), Answered)
    return [Decision.model_validate(event.answer) for event in answers if event.kind == "human"]


def test_a_decision_is_signed_where_there_is_a_key(shell: Shell) -> None:
    key = shell.top.parent / "keys" / "open"
    signer.configure(home(shell), key=str(key), required=True)
    said = shell.harness("approve", target.CHANGE, "--digest", digest(shell), "--comment", "Go\non")
    assert f"signing with {key}" in said and "on the record" in said
    assert [(each.comment, bool(each.signature)) for each in decided(shell)] == [("Go\non", True)]
    signer.configure(home(shell))
    assert "signature" not in shell.harness("show", target.CHANGE)


def test_the_qa_report_is_shown_as_it_stands(shell: Shell) -> None:
    said = shell.harness("show", target.CHANGE, "--qa")
    assert f"# QA report of {target.CHANGE}" in said and "| Proposal | passed |" in said
    assert "- [x] The Virtual CTO reviewed the specification" in said
    assert "- [ ] The Virtual QA signed off on the tests: not reached" in said


def test_without_a_key_it_is_not_signed(shell: Shell) -> None:
    said = shell.harness("return", target.CHANGE, "--digest", digest(shell), "--to", "design", "--comment", "no")
    assert "signing" not in said and not decided(shell)[0].signature


def test_where_it_has_to_be_signed_and_is_not_nothing_is_decided(shell: Shell) -> None:
    signer.configure(home(shell), required=True)
    said = shell.harness("approve", target.CHANGE, "--digest", digest(shell), code=4)
    assert "not signed, and your own configuration asks for signed decisions: name your key in" in said
    assert "not signed" in shell.harness("abandon", target.CHANGE, "--yes", code=4)
    assert not decided(shell) and not kit.of(kit.journal(shell.top), Turned)


@pytest.mark.parametrize(
    ("settings", "why", "code"),
    [
        ({"key": "KEYS/closed"}, "not signed, so nothing was decided: ssh-keygen said: Load key", 4),
        ({"key": "KEYS/gone"}, "not signed, so nothing was decided: ssh-keygen said: ", 4),
        ({"key": "keys/open"}, "give an absolute path", 2),
        ({"key": "KEYS/open", "program": "/no/such/program"}, "/no/such/program can't be run", 4),
        ({"key": "KEYS/open", "allowed_signers": "KEYS/closed.pub"}, "signed, but the signature does not count", 4),
    ],
)
def test_what_keeps_it_from_being_signed_is_one_sentence(
    shell: Shell, settings: dict[str, str], why: str, code: int
) -> None:
    keys = str(shell.top.parent / "keys")
    signer.configure(home(shell), **{name: value.replace("KEYS", keys) for name, value in settings.items()})
    said = shell.harness("approve", target.CHANGE, "--digest", digest(shell), code=code)
    assert why in said.splitlines()[-1] and not decided(shell)
    with kit.at(shell.top) as found:
        assert not found.inbox(target.CHANGE).items()


def test_a_comment_that_can_not_be_recorded_is_refused(shell: Shell) -> None:
    command = [sys.executable, "-m", "harness", "approve", target.CHANGE, "--digest", digest(shell), "--comment"]
    done = subprocess.run(
        [*(part.encode() for part in command), b"\xff\xfe"], cwd=shell.top, env=shell.env, capture_output=True,
        stdin=subprocess.DEVNULL, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2 and b"not valid UTF-8" in done.stderr and b"Traceback" not in done.stderr
    assert not decided(shell)


def test_a_passphrase_is_asked_for_at_the_terminal(shell: Shell) -> None:
    """Wrong first: nothing is decided. Then right: it is on the record, signed."""
    signer.configure(home(shell), key=str(shell.top.parent / "keys" / "closed"))
    seen, code = typed(shell, [("approve this?", "y\n"), ("passphrase", "wrong\n")])
    assert code == 4 and "incorrect passphrase" in seen and not decided(shell)
    seen, code = typed(shell, [("approve this?", "y\n"), ("passphrase", "open sesame\n")])
    assert code == 0 and "on the record" in seen and "open sesame" not in seen
    assert decided(shell)[0].signature


def typed(shell: Shell, answers: list[tuple[str, str]]) -> tuple[str, int]:
    """(what was shown, exit code) of `harness approve` at a terminal, answered as it asks."""
    child, leader = pty.fork()
    if not child:
        os.chdir(shell.top)
        command = [sys.executable, "-m", "harness", "approve", target.CHANGE]
        os.execve(sys.executable, command, {**shell.env, "TERM": "dumb"})
    seen, left, end = "", list(answers), time.monotonic() + 60
    try:
        while time.monotonic() < end:
            try:
                seen += os.read(leader, 65536).decode(errors="replace")
            except OSError:
                break
            if left and left[0][0] in seen[-200:]:
                time.sleep(0.2)
                os.write(leader, left.pop(0)[1].encode())
    finally:
        os.close(leader)
    return seen, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


# ---------------------------------------------------------------- the prompt of a run


def test_the_prompt_says_why_it_was_not_signed_and_asks_again(capsys: pytest.CaptureFixture[str]) -> None:
    tries = iter([Refused("no card in the reader"), None])

    def sign(asked: object, decision: Decision) -> Decision:
        error = next(tries)
        if error:
            raise error
        return decision.model_copy(update={"signature": "x"})

    made = prompted("approve\nyes\napprove\nyes\n", sign)
    assert made and (made.subject, made.signature) == (SUBJECT, "x")
    shown = capsys.readouterr().out
    assert shown.index("no card in the reader") < shown.rindex("look / later")


def test_what_can_not_be_signed_can_be_left_for_later(capsys: pytest.CaptureFixture[str]) -> None:
    def sign(asked: object, decision: Decision) -> Decision:
        raise Refused("no card in the reader")

    assert prompted("approve\nlater\n", sign) is None


def prompted(text: str, sign: Callable[..., Decision]) -> Decision | None:
    """What comes of `text`, given as input to the prompt."""
    from dataclasses import replace

    source, sink = os.pipe()
    os.write(sink, text.encode())
    os.close(sink)
    try:
        return replace(terminal(source), sign=sign).ask(asked(), nobody)
    finally:
        os.close(source)
