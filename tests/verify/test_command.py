"""`harness verify` and `harness replay` as a user calls them."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from harness.domain.event import Answered, Event
from tests import signer, target
from tests.engine import kit
from tests.verify.conftest import Merged, everywhere
from tests.warm import ROOT, called


def harness(top: Path, *args: str, code: int = 0) -> str:
    """Everything that the command says, called in `top`."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "ANTHROPIC_"))}
    returned, said = called(list(args), top, {**env, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"})
    assert returned == code, said
    assert "Traceback" not in said
    return said


def test_a_table_and_json(merged: Merged) -> None:
    said = harness(merged.top, "verify", target.CHANGE).splitlines()
    assert len(said) == 17 and said[-1] == "16 of 16 checks are ok"
    assert all(line.split()[1] == "ok" for line in said[:-1])
    told = json.loads(harness(merged.top, "verify", target.CHANGE, "--json"))
    assert told["ok"] and [row["result"] for row in told["checks"]] == ["ok"] * 16
    assert [row["check"] for row in told["checks"]] == [line.split()[0] for line in said[:-1]]


def test_a_failure_ends_with_1_and_what_could_not_be_checked_does_not(merged: Merged, tmp_path: Path) -> None:
    file = merged.bundle()
    target.git(tmp_path, "clone", "-q", str(merged.top), str(tmp_path / "clone"))
    said = harness(tmp_path / "clone", "verify", target.CHANGE, "--bundle", str(file))
    assert "channel     could not check  the approvals channel of this run is not here" in said
    assert said.endswith("15 of 16 checks are ok, 1 could not be made\n")
    signer.allowed(tmp_path / "signers", mallory=merged.keys / "mallory")
    said = harness(tmp_path / "clone", "verify", target.CHANGE, "--bundle", str(file), code=1)
    assert "signatures  FAILED " in said and said.endswith("14 of 16 checks are ok, 1 FAILED, 1 could not be made\n")
    told = harness(tmp_path / "clone", "verify", target.CHANGE, "--bundle", str(file), "--json", code=1)
    assert json.loads(told)["ok"] is False


def test_what_can_not_be_verified_is_said_in_a_sentence(merged: Merged, tmp_path: Path) -> None:
    file = merged.bundle()
    assert "there is no record of other-thing here; name one with" in harness(
        merged.top, "verify", "other-thing", code=2
    )
    assert f"is the record of {target.CHANGE}, not of" in (
        harness(merged.top, "verify", "other-thing", "--bundle", str(file), code=2)
    )
    assert "there is no transcript" in harness(merged.top, "verify", target.CHANGE, "--bundle", "no-file", code=2)
    assert "is not in a git repository" in harness(tmp_path, "verify", target.CHANGE, code=2)
    merged.execute(f"delete from entries where run='{target.CHANGE}' and seq>200")
    assert "is not over, so there is nothing to verify yet" in harness(merged.top, "verify", target.CHANGE, code=4)
    assert "chain       FAILED " in harness(merged.top, "verify", target.CHANGE, "--bundle", __file__, code=1)


def test_no_text_of_a_record_can_add_a_line(merged: Merged) -> None:
    def edit(event: Event) -> Event:
        if isinstance(event, Answered) and event.kind == "human":
            return event.model_copy(update={"answer": {**event.answer, "by": "x\nchain       ok \x1b[2J"}})
        return event

    merged.rewrite(edit)
    said = harness(merged.top, "verify", target.CHANGE, code=1)
    assert len(said.splitlines()) == 17 and "\x1b" not in said


def test_a_replay_tells_who_signed(merged: Merged) -> None:
    file = kit.transcript(merged.top, merged.top.parent / "run.jsonl")
    said = harness(merged.top, "replay", str(file))
    assert said.count("approve, by cleo, signed by cleo@owner.invalid (good): ") == 2
    told = json.loads(harness(merged.top, "replay", str(file), "--json"))
    assert [row["signature"] for row in told["decisions"]] == ["good", "good"]
    signer.configure(merged.top.parent / "home")
    assert "signed by nobody knows whom (nobody can tell whose SHA256:" in harness(merged.top, "replay", str(file))
    signer.allowed(merged.top.parent / "signers", mallory=merged.keys / "mallory")
    signer.configure(merged.top.parent / "home", allowed_signers=str(merged.top.parent / "signers"))
    assert "signed by a stranger" in harness(merged.top, "replay", str(file))


def test_a_forged_decision_does_not_replay(merged: Merged) -> None:
    """Edited wherever it stands, with a chain that holds; before the merge, which names the chain, only this tells."""
    entries = merged.entries
    upto = next(e.seq for e in entries if getattr(e.event, "key", "") == "merge/1/merge")
    merged.rewrite(everywhere("As it is shown.", "As it was not shown."))
    file = kit.transcript(merged.top, merged.top.parent / "run.jsonl")
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(lines[: upto + 1]))
    said = harness(merged.top, "replay", str(file), code=6)
    assert "was changed or forged: it is not a signature over this decision" in said


@pytest.mark.parametrize("planted", ["{{ ''.__class__.__mro__[1] }}", "{{ cycler.__init__.__globals__ }}"])
def test_a_prompt_of_a_record_runs_no_code(merged: Merged, planted: str, tmp_path: Path) -> None:
    """A record of somebody else's brings the prompts that its files were rendered with."""

    def edit(event: Event) -> Event:
        if isinstance(event, Answered) and event.key == "base":
            return event.model_copy(update={"answer": {**event.answer, "team": {"prompts/minutes.md.j2": planted}}})
        return event

    merged.rewrite(edit)
    shutil.rmtree(merged.top / ".git" / "harness" / "channels")
    said = harness(merged.top, "verify", target.CHANGE, code=1)
    assert "prompts/minutes.md.j2 at the base" in said and "class '" not in said
    record = next(line for line in said.splitlines() if line.startswith("record "))
    assert "FAILED" in record
