"""Decisions that are signed, and where no others count."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness import trust
from harness.domain.decision import Decision
from harness.domain.event import Answered, Asked, Turned
from harness.engine.genuine import audit
from harness.errors import Broken, Parked, Refused
from harness.journal.accepted import Acceptances
from harness.journal.chain import START, seal
from harness.replay import replay
from harness.sandbox.none import NoSandbox
from harness.signing.marks import marks, signed_by
from tests import signer, target
from tests.engine import kit
from tests.engine.kit import Plan, go, later, put, serving, settle, waiting
from tests.engine.test_decisions import short


@pytest.fixture(scope="session")
def parked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the repository of a run that waits for the spec's approval."""
    folder = tmp_path_factory.mktemp("parked")
    top = target.make(folder / "repo")
    with serving(target.Team(short())), pytest.raises(Parked):
        go(top, target.Yes(later))
    return folder


@pytest.fixture
def home(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home directory of a user who signs every decision, and has accepted the configuration so."""
    place = tmp_path / "home"
    monkeypatch.setenv("HOME", str(place))
    signer.configure(place, key=str(signer.key(tmp_path / "keys", "cleo")), required=True)
    with kit.at(repo) as found:
        log = Acceptances(found.store, found.home)
        ((entry, stands),) = log.all()
        assert log.record(trust.approved(repo, stands, entry.hash), over=stands.subject)
    return place


@pytest.fixture
def repo(parked: Path, tmp_path: Path) -> Path:
    shutil.copytree(parked / "repo", tmp_path / "repo", symlinks=True)
    return tmp_path / "repo"


def unsigned(asked: Asked) -> Decision:
    return Decision(subject=asked.detail["subject"], verb="approve", by="cleo")


def turned(top: Path) -> list[str]:
    """Why decisions were turned down."""
    return [event.why for event in kit.of(kit.journal(top), Turned)]


def team(top: Path) -> kit.Resumed:
    return kit.Resumed(kit.journal(top), short())


def test_only_a_signed_decision_counts(repo: Path, home: Path, tmp_path: Path) -> None:
    asked = waiting(repo)
    put(repo, unsigned(asked))
    assert not settle(repo), "what another process wrote into the inbox counts for nothing"
    assert "it is not signed, and your own configuration asks" in turned(repo)[0]
    assert "signing.toml" in turned(repo)[0] and "harness approve" in turned(repo)[0]
    put(repo, signer.said(repo, asked))
    assert settle(repo)
    with serving(team(repo)):
        with pytest.raises(Parked, match="does not count: it is not signed"):
            go(repo, Plan(("merge", unsigned)))
        assert go(repo, target.Yes(lambda asked: signer.said(repo, asked))).state.finished == "merged"
    done = replay(kit.transcript(repo, tmp_path / "run.jsonl"))
    assert [str(each.proof) for each in done.decisions] == ["signed by your-own-key (good)"] * 2
    record = target.git(repo, "show", f"develop:{target.archived(repo)}/record/decisions.md")
    assert "approve" in record and "SSH SIGNATURE" not in record


def test_an_unsigned_decision_counts_where_nobody_asks_for_more(repo: Path, home: Path) -> None:
    signer.configure(home, key=str(home.parent / "keys" / "cleo"))
    put(repo, unsigned(waiting(repo)))
    assert settle(repo) and not turned(repo)


@pytest.mark.parametrize("level", [0, 1])
def test_below_level_2_only_signed_ones_do(home: Path, level: Any) -> None:
    signer.configure(home)
    sandbox = NoSandbox("a test")
    sandbox.level = level
    assert f"sandbox level {level}" in trust.signed_only(sandbox)
    sandbox.level = 3
    assert trust.signed_only(sandbox) == ""


Change = Callable[[Path, Asked, Decision], Decision]
CHANGES: dict[str, Change] = {
    "the verb": lambda top, asked, given: given.model_copy(update={"verb": "return", "to": "design", "comment": "no"}),
    "the comment": lambda top, asked, given: given.model_copy(update={"comment": "and more"}),
    "the cap": lambda top, asked, given: given.model_copy(update={"cap": 99.0}),
    "the consent": lambda top, asked, given: given.model_copy(update={"update_checkout": True}),
    "the name": lambda top, asked, given: given.model_copy(update={"by": "mallory"}),
    "the time": lambda top, asked, given: given.model_copy(update={"time": given.time - 1}),
    "the signature": lambda top, asked, given: given.model_copy(
        update={"signature": given.signature.replace("A", "B", 5)}
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_signature_is_over_all_of_a_decision(repo: Path, home: Path, name: str) -> None:
    signer.configure(home, key=str(home.parent / "keys" / "cleo"))
    asked = waiting(repo)
    good = signer.said(repo, asked)
    put(repo, CHANGES[name](repo, asked, good))
    assert not settle(repo)
    assert "it is not a signature over this decision" in turned(repo)[0]
    put(repo, good)
    assert settle(repo), "as it was given it counts"


def elsewhere(top: Path, key: Path, part: str) -> Decision:
    """The same decision, signed for another run, repository or place in a chain: `part` is the line that differs."""
    asked = waiting(top)
    given = unsigned(asked).model_copy(update={"time": int(time.time())})
    lines = trust.statement(kit.journal(top), asked.key, given).decode().splitlines(keepends=True)
    number = next(n for n, line in enumerate(lines) if line.startswith(f"{part}: "))
    lines[number] = f'{part}: "{"f" * 40}"\n'
    return given.model_copy(update={"signature": signer.by(key).sign("".join(lines).encode())})


@pytest.mark.parametrize("part", ["run", "repository", "entry", "question"])
def test_a_decision_of_elsewhere_does_not_count_here(repo: Path, home: Path, tmp_path: Path, part: str) -> None:
    put(repo, elsewhere(repo, tmp_path / "keys" / "cleo", part))
    assert not settle(repo)
    assert "it is not a signature over this decision" in turned(repo)[0]


def test_a_stranger_does_not_decide(repo: Path, home: Path, tmp_path: Path) -> None:
    """Whoever signs has to be allowed, at every level; who is not, is told at once."""
    keys = tmp_path / "keys"
    signer.key(keys, "mallory")
    signers = signer.allowed(tmp_path / "signers", cleo=keys / "cleo")
    signer.configure(home, key=str(keys / "mallory"), allowed_signers=str(signers))
    with pytest.raises(Refused, match="nothing was decided: SHA256:"):
        signer.said(repo, waiting(repo))
    signer.configure(home, key=str(keys / "mallory"))
    strange = signer.said(repo, waiting(repo))
    signer.configure(home, key=str(keys / "cleo"), allowed_signers=str(signers))
    put(repo, strange)
    assert not settle(repo) and "is no key that" in turned(repo)[0]


def test_what_is_no_decision_stops_nobody(repo: Path, home: Path) -> None:
    subject = waiting(repo).detail["subject"]
    for item in (
        {"verb": "approve"},
        {"subject": [1], "by": "x"},
        {"subject": "abandon", "verb": "abandon", "x": 1},
        {"subject": subject, "verb": "approve", "signature": "x", "time": 10**30},
        {"subject": subject, "verb": "approve", "by": "\ud800"},
    ):
        put(repo, item)
    with kit.at(repo) as found:
        for text in ("[]", "not JSON", "[" * 100_000, '"\\ud800"'):
            found.store.execute("insert into inbox (run, body) values (?, ?)", (target.CHANGE, text))
    put(repo, signer.said(repo, waiting(repo)))
    assert settle(repo)
    assert set(turned(repo)[:4]) | set(turned(repo)[5:]) == {"it is no decision"} and len(turned(repo)) == 9


def test_the_final_no_is_signed_too(repo: Path, home: Path) -> None:
    no = Decision(subject="abandon", verb="abandon", by="cleo")
    put(repo, no)
    with pytest.raises(Parked), serving(team(repo)):
        go(repo, target.Yes(later))
    assert "it is not signed" in turned(repo)[0]
    put(repo, trust.signed(repo, kit.journal(repo), "abandon", no))
    with serving(team(repo)):
        assert go(repo).state.finished == "abandoned"


def test_a_decision_that_was_written_into_the_journal_itself_does_not_count(repo: Path, home: Path) -> None:
    """A process that can write the file can make a chain that holds; it can't sign."""
    asked = waiting(repo)
    with kit.at(repo) as found:
        answer = unsigned(asked).model_dump()
        found.journal(target.CHANGE).append(
            Answered(key=asked.key, kind="human", question=asked.question, answer=answer)
        )
    with serving(team(repo)) as endpoint:
        with pytest.raises(Parked, match="on the record, but it does not count here: it is not signed"):
            go(repo)
        assert not endpoint.requests
        signer.configure(home)
        assert go(repo).state.finished == "merged", "where unsigned ones count, so does this one"


def test_approvals_are_verified_again_before_the_merge(repo: Path, home: Path) -> None:
    signer.configure(home)
    put(repo, unsigned(waiting(repo)))
    assert settle(repo)
    before = target.git(repo, "rev-parse", "develop")
    signer.configure(home, key=str(home.parent / "keys" / "cleo"), required=True)
    with serving(team(repo)):
        with pytest.raises(Parked, match="on the record, but it does not count here"):
            go(repo)
        signer.configure(home)
        with pytest.raises(Parked):
            go(repo, Plan(("merge", later)))
        signer.configure(home, key=str(home.parent / "keys" / "cleo"), required=True)
        with pytest.raises(Parked, match=r"nothing is merged: the approval in entry \d+ .* it is not signed"):
            go(repo, target.Yes(lambda asked: signer.said(repo, asked)))
        assert target.git(repo, "rev-parse", "develop") == before
        signer.configure(home)
        assert go(repo).state.finished == "merged"


def test_a_record_that_was_changed_meanwhile_is_not_merged(repo: Path, home: Path) -> None:
    """The comment of the spec's approval, changed with a chain that holds, before the merge is approved."""
    put(repo, signer.said(repo, waiting(repo), comment="as it is"))
    assert settle(repo)
    before = target.git(repo, "rev-parse", "develop")
    with serving(team(repo)):
        with pytest.raises(Parked):
            go(repo, Plan(("merge", later)))
        database = repo / ".git" / "harness" / "journal.db"
        kept = database.read_bytes()
        forge(repo, "as it is", "otherwise")
        with pytest.raises(Broken, match="it is not a signature over this decision; nothing was merged"):
            go(repo, target.Yes(lambda asked: signer.said(repo, asked)))
        assert target.git(repo, "rev-parse", "develop") == before
        database.write_bytes(kept)
        assert go(repo, target.Yes(lambda asked: signer.said(repo, asked))).state.finished == "merged"


def test_a_journal_that_changes_while_it_is_driven_is_noticed(repo: Path, home: Path) -> None:
    entries = kit.journal(repo)
    with kit.at(repo) as found:
        world = kit.app.build(found, kit.app.change_of(found, target.CHANGE), kit.app.Late(), target.screen())
        audit(entries, world)
        forge(repo, "docs(farewell)", "docs(fairwell)")
        with pytest.raises(Broken, match="was changed while it was driven"):
            audit(entries, world)


def forge(top: Path, old: str, new: str) -> None:
    """Replace a text in the journal, with a chain that holds again."""
    with sqlite3.connect(top / ".git" / "harness" / "journal.db") as db:
        rows = db.execute("select seq, at, body from entries where run=? order by seq", (target.CHANGE,)).fetchall()
        assert any(old in body for _, _, body in rows)
        before = START
        for seq, at, body in rows:
            changed = body.replace(old, new)
            before = seal(before, at, changed)
            db.execute("update entries set body=?, hash=? where run=? and seq=?", (changed, before, target.CHANGE, seq))
    db.close()


def test_another_key_named_meanwhile_decides_nothing_in_the_run(repo: Path, home: Path, tmp_path: Path) -> None:
    """Whoever can write the user's configuration names a key of their own, after the run began with the CEO's."""
    with serving(team(repo)), pytest.raises(Parked):
        go(repo, target.Yes(later))
    good = signer.said(repo, waiting(repo))
    own = (home / ".config" / "harness" / "signing.toml").read_text()
    signer.configure(home, key=str(signer.key(tmp_path / "keys", "mallory")), required=True)
    put(repo, signer.said(repo, waiting(repo)))
    assert not settle(repo)
    assert "was not among those that could sign when this run began" in turned(repo)[0]
    (home / ".config" / "harness" / "signing.toml").write_text(own)
    put(repo, good)
    assert settle(repo), "the key that the run began with still decides"


def test_a_fingerprint_is_what_ssh_keygen_says(tmp_path: Path) -> None:
    place = signer.key(tmp_path, "cleo")
    said = subprocess.run(["ssh-keygen", "-l", "-f", str(place)], capture_output=True, text=True, check=True).stdout
    assert marks(signer.by(place).own) == (said.split()[1],)
    assert signed_by(signer.by(place).sign(b"x")) == said.split()[1] and signed_by("x") == ""
