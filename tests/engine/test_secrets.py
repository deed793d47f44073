"""Where a secret could come to lie: journal, evidence, channel, minutes, messages to the model. None holds one."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from harness.cli.main import _shown, group
from harness.domain.event import Answered
from harness.errors import Mistake, Unreachable
from tests import target
from tests.engine import kit
from tests.engine.kit import go, serving
from tests.engine.test_lock import course

SECRET = "ghp_" + "a1B2" * 9
OWN = "own-key-that-only-the-endpoint-may-see"
RUNNER = target.RUNNER.replace(
    'sys.path.insert(0, ".")',
    'sys.path.insert(0, ".")\nleaked = pathlib.Path("settings.py").read_text()\nprint(leaked)',
).replace('"wrong"/', "\"' + leaked.strip() + '\"/")
LEAK = f"{SECRET} {base64.b64encode(OWN.encode()).decode()} {OWN[::-1]} {' '.join(OWN)}"


@pytest.fixture
def leaky(tmp_path: Path) -> Path:
    """A repository whose tests print what they should not, and put it into their report."""
    return target.make(tmp_path / "repo", {**target.FILES, "tests/run.py": RUNNER, "settings.py": LEAK + "\n"})


def everything(top: Path) -> bytes:
    """All that the harness keeps, and all of its commits' files and messages."""
    kept = b"".join(path.read_bytes() for path in sorted((top / ".git" / "harness").rglob("*")) if path.is_file())
    names = target.git(top, "ls-tree", "-r", "--name-only", "develop").splitlines()
    pages = [
        target.git(top, "show", f"develop:{name}") for name in names if "/record/" in name or name.startswith("TBC")
    ]
    return kept + "".join([*pages, target.git(top, "log", "--all", "--format=%B")]).encode()


def test_no_gate_keeps_what_its_command_gave_away(leaky: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, *others = target.implement(target.BAD)
    turns = {**course(), "implement/1": [bad, *others], "review/1": [[target.verdict(kind="code")]]}
    turns["design/1"] = [[target.call("bash", command="cat settings.py; base64 settings.py")], *target.design()]
    with serving(target.Team(turns)) as endpoint:
        monkeypatch.setenv("ANTHROPIC_API_KEY", OWN)
        assert go(leaky).state.finished == "merged"
    results = [event.answer for event in kit.of(kit.journal(leaky), Answered) if event.kind == "gate"]
    failed = next(each for each in results if isinstance(each, dict) and each.get("result") == "failed")
    assert "[redacted github token" in str(failed["findings"]) and "[redacted key in use" in str(failed["findings"])
    assert failed["evidence"]
    for told in (everything(leaky).decode(errors="replace"), str(endpoint.requests)):
        assert "[redacted github token" in told and "[redacted key in use" in told
        for form in (SECRET, OWN, OWN[::-1], " ".join(OWN), base64.b64encode(OWN.encode()).decode()):
            assert form not in told


def test_an_answer_that_repeats_the_key_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    top = target.make(tmp_path / "repo")
    echo: list[Any] = [target.call("view", path=f"{OWN[:20]}\n{OWN[20:]}", view_range=[])]
    with serving(target.Team({"design/1": [echo]})):
        monkeypatch.setenv("ANTHROPIC_API_KEY", OWN)
        with pytest.raises(Unreachable, match="repeats the API key, so it was not kept"):
            go(top)
    assert OWN[20:].encode() not in everything(top)


def test_a_proposal_with_a_secret_is_not_proposed(tmp_path: Path) -> None:
    top = target.make(tmp_path / "repo")
    path = top / target.FOLDER / "proposal.md"
    path.write_text(f"{target.PROPOSAL}\nUse {SECRET} for it.\n")
    with serving(target.Team()), pytest.raises(Mistake, match=r"holds what looks like a secret \(github token\)"):
        go(top)
    assert SECRET.encode() not in everything(top) and path.exists()


@pytest.mark.parametrize("args", [["return", "--to", "design", "--comment"], ["answer"], ["approve", "--comment"]])
def test_a_comment_with_a_secret_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: list[str]) -> None:
    monkeypatch.chdir(target.make(tmp_path / "repo"))
    with pytest.raises(Mistake, match=r"your text holds what looks like a secret \(github token\)"):
        CliRunner().invoke(
            group, [args[0], target.CHANGE, *args[1:], f"use {SECRET}"], standalone_mode=False, catch_exceptions=False
        )


def test_an_error_tells_no_key_and_steers_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", OWN)
    said = _shown(f"harness: {OWN} \x1b]0;x\x07 {SECRET}")
    assert OWN not in said and SECRET not in said and "\x1b" not in said
