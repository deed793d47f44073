"""Each kind of thing, changed: the check that looks at it fails, and no other one lies."""

from __future__ import annotations

import io
import sqlite3
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.domain.event import Answered, Asked, Completed, Driver, Event, Left, Message
from harness.flow.statement import statement
from harness.verify.table import ROWS
from tests import signer, target
from tests.engine import kit
from tests.verify.conftest import Merged, checks, everywhere, failing, unsure

ROLES = Path(__file__).parents[2] / "roles"


def answered(key: str, change: Callable[[dict], dict]) -> Callable[[Event], Event]:  # type: ignore[type-arg]
    """Edits the answer to a question whose key begins so."""

    def edit(event: Event) -> Event:
        if isinstance(event, Answered) and event.key.startswith(key) and isinstance(event.answer, dict):
            return event.model_copy(update={"answer": change(event.answer)})
        return event

    return edit


def commit_to(top: Path, branch: str, path: str, text: str) -> None:
    """A commit on a branch that is checked out nowhere."""
    place = top.parent / "elsewhere"
    target.git(top, "worktree", "add", "-q", "--detach", str(place), branch)
    (place / path).parent.mkdir(parents=True, exist_ok=True)
    (place / path).write_text(text)
    target.git(place, "add", "-A")
    target.git(place, "commit", "-qm", "chore: meddle")
    target.git(top, "update-ref", f"refs/heads/{branch}", target.git(place, "rev-parse", "HEAD"))
    target.git(top, "worktree", "remove", "--force", str(place))


def test_untouched_all_is_well(merged: Merged) -> None:
    found = checks(merged.top)
    assert {c.name: c.finding.result for c in found} == {"chain": "ok", **{row.name: "ok" for row in ROWS}}
    texts = {c.name: c.finding.text for c in found}
    assert "by cleo@owner.invalid" in texts["signatures"]
    assert "5 commits, 4 of them by roles" in texts["commits"]


# ---------------------------------------------------------------- the record


def test_what_the_spec_was_based_on_made_another(merged: Merged) -> None:
    base = {"greeting: Greeting": "0" * 64}
    merged.rewrite(answered("spec-approval/1/stand", lambda answer: {**answer, "base": base}))
    found = failing(merged.top)
    assert "greeting: Greeting was not what was shown" in found["against"]
    assert "another based on" in found["decisions"]


def test_one_byte_of_an_entry(merged: Merged) -> None:
    merged.execute("update entries set body = replace(body, 'Looked at', 'looked at') where seq between 40 and 70")
    assert list(failing(merged.top)) == ["chain"] and "was changed after it was written" in failing(merged.top)["chain"]
    assert list(unsure(merged.top)) == [row.name for row in ROWS]


def test_an_entry_that_is_gone(merged: Merged) -> None:
    merged.execute(f"delete from entries where run='{target.CHANGE}' and seq=100")
    assert "entry 100 is missing" in failing(merged.top)["chain"]


def test_a_gate_that_failed_made_to_pass(merged: Merged) -> None:
    merged.rewrite(answered("implement/1/round-1/gate/tests", lambda answer: {**answer, "result": "passed"}))
    found = failing(merged.top)
    assert set(found) == {"signatures", "merge", "record", "replay"}
    assert "entry" in found["signatures"] and "Approval-chain" in found["merge"]


def test_a_result_that_was_approved_is_of_something_else(merged: Merged) -> None:
    merged.rewrite(answered("qa/2/round-1/gate/tests", lambda answer: {**answer, "figures": {"tests": 99}}))
    assert "tests: what was approved is not what was measured last" in failing(merged.top)["gates"]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("comment", {"comment": "As it is not shown."}),
        ("by", {"by": "mallory"}),
        ("update_checkout", {"update_checkout": True}),
        ("time", {"time": 1_700_000_000}),
    ],
)
def test_a_field_of_the_last_decision(merged: Merged, name: str, change: dict[str, object]) -> None:
    merged.rewrite(answered("approval/1/", lambda answer: {**answer, **change}))
    found = failing(merged.top)
    assert {"signatures", "merge"} <= set(found) and not {"path", "lock", "base", "commits", "evidence"} & set(found)
    assert "it is not a signature over this decision" in found["signatures"]


def test_a_no_made_a_yes(merged: Merged) -> None:
    merged.rewrite(answered("approval/1/", lambda answer: {**answer, "verb": "return", "to": "qa", "comment": "no"}))
    assert "nobody approved" in failing(merged.top)["path"]


def test_a_decision_about_something_else(merged: Merged) -> None:
    merged.rewrite(answered("spec-approval/1/", lambda answer: {**answer, "subject": "0" * 64}))
    found = failing(merged.top)
    assert "it was about 000000000000" in found["decisions"] and "without an approval of it" in found["path"]


def test_a_question_that_shows_something_else(merged: Merged) -> None:
    def edit(event: Event) -> Event:
        if isinstance(event, Asked) and event.kind == "human" and event.key.startswith("approval/"):
            about = {**event.detail["about"], "gates": {}}
            return event.model_copy(update={"detail": {**event.detail, "about": about}})
        return event

    merged.rewrite(edit)
    found = failing(merged.top)["decisions"]
    assert "not the digest of what it shows" in found and "it shows another gates than the record holds" in found


def test_a_step_that_was_left_out(merged: Merged) -> None:
    def edit(event: Event) -> Event:
        if isinstance(event, Left) and event.stage == "spec-review":
            return event.model_copy(update={"outcome": "return", "to": "implement"})
        return event

    merged.rewrite(edit)
    assert "goes on to implement past a decision" in failing(merged.top)["path"]


def test_an_act_that_nobody_allowed(merged: Merged) -> None:
    def edit(event: Event) -> Event:
        if isinstance(event, Completed) and event.action.startswith("merge "):
            return event.model_copy(update={"action": "merge everything"})
        return event

    merged.rewrite(edit)
    assert "merge everything was not authorized" in failing(merged.top)["path"]


def test_an_act_without_evidence(merged: Merged) -> None:
    merged.rewrite(answered("merge/1/evidence", lambda answer: {**answer, "reachable": False}))
    found = failing(merged.top)
    assert "confirmed without evidence" in found["acts"] and "signatures" not in found and "merge" not in found


def test_another_commit_of_a_role(merged: Merged) -> None:
    """The record names a commit that the branch does not have, and the branch one that it does not name."""
    merged.rewrite(answered("qa/1/round-1/commit", lambda answer: {"head": "e" * 40}))
    merged.rewrite(answered("implement/2/round-1/commit", lambda answer: {"head": "d" * 40}))
    found = failing(merged.top)["commits"]
    assert (
        "is on the branch, but on no record" in found
        and "dddddddddddd is on the record, but not on the branch" in found
    )


def test_a_commit_under_another_name(merged: Merged) -> None:
    role = (ROLES / "developer.toml").read_text().replace("developer@team", "somebody@team")
    merged.rewrite(answered("implement/1/brief", lambda answer: {**answer, "team": {"roles/developer.toml": role}}))
    assert "has the author Principal Developer <developer@team.invalid>" in failing(merged.top)["commits"]


def test_a_base_of_another_configuration(merged: Merged) -> None:
    merged.rewrite(answered("base", lambda answer: {**answer, "config": answer["config"].replace("greeter", "other")}))
    found = failing(merged.top)
    assert "harness.toml at the base" in found["base"] and "another configuration" in found["gates"]


def test_a_lock_of_another_spec(merged: Merged) -> None:
    lock = next(e.event.answer for e in merged.entries if getattr(e.event, "key", "") == "merge/1/lock"
                and isinstance(e.event, Answered))  # fmt: skip
    merged.rewrite(everywhere(lock, "a" * 64))
    assert "approved was aaaaaaaaaaaa" in failing(merged.top)["lock"]


# ---------------------------------------------------------------- signatures


def test_a_signature_of_another_decision(merged: Merged) -> None:
    given = {e.event.key: e.event.answer for e in merged.entries
             if isinstance(e.event, Answered) and e.event.kind == "human"}  # fmt: skip
    other = next(answer["signature"] for key, answer in given.items() if key.startswith("spec-approval/"))
    merged.rewrite(answered("approval/1/", lambda answer: {**answer, "signature": other}))
    found = failing(merged.top)
    assert "it is not a signature over this decision" in found["signatures"] and "(approve)" in found["signatures"]
    assert "decisions" not in found and "path" not in found


@pytest.mark.parametrize("part", ["run", "repository"])
def test_a_signature_of_another_run_or_repository(merged: Merged, part: str) -> None:
    entries = merged.entries
    asked = [e for e in entries if isinstance(e.event, Asked) and e.event.kind == "human"][-1]
    given = next(e.event for e in entries if isinstance(e.event, Answered) and e.event.key == asked.event.key)
    text = statement(entries, asked.event.key, kit.Decision.model_validate(given.answer)).decode()
    line = next(line for line in text.splitlines() if line.startswith(f"{part}: "))
    other = signer.by(merged.keys / "cleo").sign(text.replace(line, f'{part}: "other"').encode())
    merged.rewrite(answered("approval/1/", lambda answer: {**answer, "signature": other}))
    assert "it is not a signature over this decision" in failing(merged.top)["signatures"]


def test_a_signature_that_was_taken_away(merged: Merged) -> None:
    """Where nothing asks for one it could not be checked; the chain in the merge commit tells of it anyway."""
    merged.rewrite(answered("approval/1/", lambda answer: {**answer, "signature": "", "time": 0}))
    assert "is unsigned" in unsure(merged.top)["signatures"] and "Approval-chain" in failing(merged.top)["merge"]
    signer.configure(merged.top.parent / "home", required=True, allowed_signers=str(merged.top.parent / "signers"))
    assert "it is not signed, and your own configuration" in failing(merged.top)["signatures"]


@pytest.mark.parametrize("level", [0, 1])
def test_an_unsigned_decision_of_a_session_that_needed_one(merged: Merged, level: int) -> None:
    def edit(event: Event) -> Event:
        if isinstance(event, Driver) and event.did == "started":
            return event.model_copy(update={"level": level})
        return event

    merged.rewrite(edit)
    merged.rewrite(answered("approval/1/", lambda answer: {**answer, "signature": "", "time": 0}))
    assert f"the session had sandbox level {level}" in failing(merged.top)["signatures"]


def test_other_allowed_signers(merged: Merged) -> None:
    signer.allowed(merged.top.parent / "signers", mallory=merged.keys / "mallory")
    found = failing(merged.top)
    assert list(found) == ["signatures"] and found["signatures"].count("is no key that") == 2
    (merged.top.parent / "signers").unlink()
    assert not failing(merged.top) and "can't be read" in unsure(merged.top)["signatures"]


def test_signed_by_somebody_else(merged: Merged) -> None:
    entries = merged.entries
    given = [e.event for e in entries if isinstance(e.event, Answered) and e.event.kind == "human"][-1]
    text = statement(entries, given.key, kit.Decision.model_validate(given.answer))
    other = signer.by(merged.keys / "mallory").sign(text)
    merged.rewrite(answered("approval/1/", lambda answer: {**answer, "signature": other}))
    assert "is no key that" in failing(merged.top)["signatures"]


# ---------------------------------------------------------------- git


def test_an_amended_merge(merged: Merged) -> None:
    """Another message with the same tree and parents, and develop moved to it."""
    merge = target.git(merged.top, "rev-list", "--merges", "develop")
    tree, *parents = target.git(merged.top, "show", "-s", "--format=%T %P", merge).split()
    flags = [part for parent in parents for part in ("-p", parent)]
    other = target.git(merged.top, "commit-tree", tree, *flags, "-m", "feat: merge it")
    target.git(merged.top, "update-ref", "refs/heads/develop", other)
    found = failing(merged.top)
    assert set(found) == {"develop", "acts", "record"}
    assert f"the merge {merge[:12]} is not on develop any more" in found["develop"]


def test_develop_taken_back(merged: Merged) -> None:
    first = target.git(merged.top, "rev-list", "--max-parents=0", "develop")
    target.git(merged.top, "update-ref", "refs/heads/develop", first)
    assert set(failing(merged.top)) == {"develop", "acts", "record"}


def test_the_record_names_another_merge(merged: Merged) -> None:
    """An evil merge: the approved parents and message, but another tree; the record was made to fit."""
    merge = target.git(merged.top, "rev-list", "--merges", "develop")
    parents = target.git(merged.top, "show", "-s", "--format=%P", merge).split()
    message = target.git(merged.top, "show", "-s", "--format=%B", merge)
    flags = [part for parent in parents for part in ("-p", parent)]
    other = target.git(merged.top, "commit-tree", f"{parents[0]}^{{tree}}", *flags, "-m", message)
    merged.rewrite(answered("merge/1/merge", lambda answer: {"commit": other}))
    assert failing(merged.top)["merge"].startswith("its tree is not the one that was gated and approved")
    turned = [part for parent in reversed(parents) for part in ("-p", parent)]
    other = target.git(merged.top, "commit-tree", f"{merge}^{{tree}}", *turned, "-m", message)
    merged.rewrite(answered("merge/1/merge", lambda answer: {"commit": other}))
    assert "it does not merge the head that was approved" in failing(merged.top)["merge"]


def test_a_trailer_that_an_agent_wrote(merged: Merged) -> None:
    """Only the last paragraph counts, and each trailer once."""
    merge = target.git(merged.top, "rev-list", "--merges", "develop")
    tree, *parents = target.git(merged.top, "show", "-s", "--format=%T %P", merge).split()
    message = target.git(merged.top, "show", "-s", "--format=%B", merge)
    flags = [part for parent in parents for part in ("-p", parent)]
    other = target.git(merged.top, "commit-tree", tree, *flags, "-m", f"{message}\nApproval-chain: {'0' * 64}")
    merged.rewrite(answered("merge/1/merge", lambda answer: {"commit": other}))
    assert "its Approval-chain is not" in failing(merged.top)["merge"]


@pytest.mark.parametrize("name", ["decisions.md", "gates.md", "minutes"])
def test_a_file_of_the_record_edited_later(merged: Merged, name: str) -> None:
    names = target.git(merged.top, "ls-tree", "-r", "--name-only", "develop").splitlines()
    path = next(path for path in names if name in path)
    text = target.git(merged.top, "show", f"develop:{path}")
    commit_to(merged.top, "develop", path, text + "\nAnd more.\n")
    assert failing(merged.top) == {"record": f"{path} was changed on develop since"}


def test_a_record_that_was_archived_is_still_there(merged: Merged) -> None:
    place = merged.top.parent / "elsewhere"
    target.git(merged.top, "worktree", "add", "-q", "--detach", str(place), "develop")
    target.git(place, "mv", target.archived(merged.top), "openspec/changes/archive/2026-01-01-add-farewell")
    target.git(place, "commit", "-qm", "chore: archive")
    target.git(merged.top, "update-ref", "refs/heads/develop", target.git(place, "rev-parse", "HEAD"))
    assert failing(merged.top) == {}
    target.git(place, "rm", "-rq", "openspec/changes/archive")
    target.git(place, "commit", "-qm", "chore: drop")
    target.git(merged.top, "update-ref", "refs/heads/develop", target.git(place, "rev-parse", "HEAD"))
    assert list(failing(merged.top)) == ["record"]


def test_a_record_commit_with_other_files(merged: Merged) -> None:
    """The record's own commit replaced by one that says something else, and the journal made to fit."""
    tip = target.git(merged.top, "rev-parse", "develop")
    path = f"{target.archived(merged.top)}/record/decisions.md"
    text = target.git(merged.top, "show", f"{tip}:{path}").replace("approve", "return")
    place = merged.top.parent / "elsewhere"
    target.git(merged.top, "worktree", "add", "-q", "--detach", str(place), tip)
    (place / path).write_text(text)
    target.git(place, "commit", "-qa", "--amend", "--no-edit")
    other = target.git(place, "rev-parse", "HEAD")
    target.git(merged.top, "update-ref", "refs/heads/develop", other)
    merged.rewrite(everywhere(tip, other))
    found = failing(merged.top)
    assert (list(found) == ["record"] and "are not those" in found["record"]) or path in found["record"]


# ---------------------------------------------------------------- evidence, channel, bundle


def test_a_byte_of_the_evidence(merged: Merged) -> None:
    blob = next(path for path in (merged.top / ".git" / "harness" / "blobs").rglob("*") if path.is_file())
    data = blob.read_bytes()
    blob.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    found = failing(merged.top)
    assert list(found) == ["evidence"] and "was changed after it was written" in found["evidence"]
    blob.unlink()
    found = failing(merged.top)
    assert list(found) == ["evidence"] and "is missing" in found["evidence"]


def test_a_message_of_the_channel(merged: Merged) -> None:
    def edit(event: Event) -> Event:
        if isinstance(event, Message) and event.key.endswith("/authorized"):
            return event.model_copy(update={"text": event.text + " And more."})
        return event

    merged.rewrite(edit, run="repo")
    found = failing(merged.top)
    assert list(found) == ["channel"] and "is not what entry" in found["channel"]
    merged.execute("delete from entries where run='repo' and seq>=1")
    assert "is not on the channel" in failing(merged.top)["channel"]


def test_a_channel_whose_chain_does_not_hold(merged: Merged) -> None:
    merged.execute("update entries set body = replace(body, 'CEO', 'CTO') where run='repo'")
    found = failing(merged.top)
    assert list(found) == ["channel"] and "was changed after it was written" in found["channel"]


def test_a_bundle(merged: Merged, tmp_path: Path) -> None:
    """In a clone that has nothing but git: the same, without the channel."""
    file = merged.bundle()
    target.git(tmp_path, "clone", "-q", str(merged.top), str(tmp_path / "clone"))
    clone = tmp_path / "clone"
    assert failing(clone, file) == {} and list(unsure(clone, file)) == ["channel"]
    assert not (clone / ".git" / "harness").exists(), "nothing is written"
    with tarfile.open(file) as tar:
        parts = [(member.name, tar.extractfile(member).read()) for member in tar]  # type: ignore[union-attr]
    assert len(parts) > 2
    packed(file, [(name, data + b" " if name.startswith("blobs/") else data) for name, data in parts])
    assert list(failing(clone, file)) == ["evidence"]
    packed(file, parts[:-1])
    assert list(failing(clone, file)) == ["evidence"] and "is missing" in failing(clone, file)["evidence"]
    packed(file, [(name, data.replace(b"cleo", b"clea", 1)) for name, data in parts])
    assert list(failing(clone, file)) == ["chain"]
    lines = tmp_path / "lines.jsonl"
    lines.write_bytes(parts[0][1])
    assert failing(clone, lines) == {} and list(unsure(clone, lines)) == ["evidence", "channel"]


def test_a_shallow_clone_says_what_it_lacks(merged: Merged, tmp_path: Path) -> None:
    file = merged.bundle()
    flags = ("--depth", "1", "--branch", "develop")
    target.git(tmp_path, "clone", "-q", *flags, f"file://{merged.top}", str(tmp_path / "clone"))
    assert failing(tmp_path / "clone", file) == {}
    lacking = unsure(tmp_path / "clone", file)
    assert {"base", "lock", "merge", "commits"} <= set(lacking) and "shallow" in lacking["merge"]


def test_a_clone_without_the_branch(merged: Merged, tmp_path: Path) -> None:
    file = merged.bundle()
    target.git(
        tmp_path, "clone", "-q", "--single-branch", "--branch", "main", f"file://{merged.top}", str(tmp_path / "clone")
    )
    found = failing(tmp_path / "clone", file)
    assert "is not in this repository" in found["merge"] and "signatures" not in found
    assert "develop" in unsure(tmp_path / "clone", file)


def packed(file: Path, parts: list[tuple[str, bytes]]) -> None:
    with tarfile.open(file, "w") as tar:
        for name, data in parts:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))


def test_the_database_is_only_read(merged: Merged) -> None:
    def rows() -> list[tuple[object, ...]]:
        with sqlite3.connect(merged.database) as db:
            found = db.execute("select * from entries").fetchall() + db.execute("select * from inbox").fetchall()
        db.close()
        return found

    before, refs = rows(), target.git(merged.top, "for-each-ref")
    objects = sorted(path for path in (merged.top / ".git" / "objects").rglob("*"))
    checks(merged.top)
    assert rows() == before and target.git(merged.top, "for-each-ref") == refs
    assert sorted(path for path in (merged.top / ".git" / "objects").rglob("*")) == objects
