"""A change that was merged with signed decisions, and copies of it to tamper with."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.domain.event import EVENT, Event
from harness.errors import Broken
from harness.journal import bundle
from harness.journal.blobs import Blobs
from harness.journal.chain import START, seal
from harness.journal.jsonl import dump
from harness.verify.check import Check
from harness.verify.source import case
from harness.verify.table import broken, verify
from tests import signer, target
from tests.engine import kit
from tests.engine.kit import go, serving


@dataclass(frozen=True)
class Merged:
    """The repository of a change that is over, and the keys of whoever decided."""

    top: Path
    keys: Path

    @property
    def database(self) -> Path:
        return self.top / ".git" / "harness" / "journal.db"

    @property
    def entries(self) -> list[Any]:
        return kit.journal(self.top)

    def bundle(self) -> Path:
        """The run's bundle."""
        file = self.top.parent / "run.tar"
        with kit.at(self.top) as found, file.open("wb") as out:
            lines = list(dump(found.journal(target.CHANGE).rows(), target.CHANGE, "0.1.0"))
            names = bundle.evidence(found.entries(target.CHANGE))
            bundle.pack(out, lines, names, Blobs(found.home / "blobs").get)
        return file

    def rewrite(self, edit: Callable[[Event], Event], run: str = target.CHANGE) -> None:
        """The journal with other events, in a chain that holds again, as a forger would leave it."""
        with sqlite3.connect(self.database) as db:
            rows = db.execute("select seq, at, body from entries where run=? order by seq", (run,)).fetchall()
            before, touched = START, False
            for seq, at, body in rows:
                old = EVENT.validate_json(body)
                new = edit(old)
                text = body if new == old else new.model_dump_json()
                touched = touched or new != old
                before = seal(before, at, text)
                db.execute("update entries set body=?, hash=? where run=? and seq=?", (text, before, run, seq))
            assert touched
        db.close()

    def execute(self, sql: str) -> None:
        with sqlite3.connect(self.database) as db:
            assert db.execute(sql).rowcount > 0
        db.close()


def everywhere(old: str, new: str) -> Callable[[Event], Event]:
    """Replaces a text wherever the journal holds it."""

    def edit(event: Event) -> Event:
        return type(event).model_validate(json.loads(event.model_dump_json().replace(old, new)))

    return edit


def checks(top: Path, file: Path | None = None) -> list[Check]:
    """What `harness verify` finds."""
    try:
        return verify(case(top, target.CHANGE, file))
    except Broken as error:
        return broken(str(error))


def failing(top: Path, file: Path | None = None) -> dict[str, str]:
    """name -> why, of the checks that fail."""
    return {c.name: c.finding.text for c in checks(top, file) if c.finding.result == "failed"}


def unsure(top: Path, file: Path | None = None) -> dict[str, str]:
    """name -> why, of the checks that could not be made."""
    return {c.name: c.finding.text for c in checks(top, file) if c.finding.result == "could not check"}


@pytest.fixture(scope="session")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the repository, the user's home and the keys. A gate failed once, a review returned it once."""
    folder = tmp_path_factory.mktemp("landed")
    top = target.make(folder / "repo")
    signer.key(folder / "keys", "cleo")
    signer.key(folder / "keys", "mallory")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(folder / "home"))
        signers = signer.allowed(folder / "signers", cleo=folder / "keys" / "cleo")
        key = str(folder / "keys" / "cleo")
        signer.configure(folder / "home", key=key, allowed_signers=str(signers), required=True)
        with serving(target.Team()):
            go(top, target.Yes(lambda asked: signer.said(top, asked, comment="As it is shown.")))
    return folder


@pytest.fixture
def merged(landed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Merged]:
    """A copy of it, in the hands of the same user."""
    shutil.copytree(landed / "repo", tmp_path / "repo", symlinks=True)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    signers = tmp_path / "signers"
    signers.write_text((landed / "signers").read_text())
    signer.configure(tmp_path / "home", key=str(landed / "keys" / "cleo"), allowed_signers=str(signers))
    yield Merged(tmp_path / "repo", landed / "keys")
