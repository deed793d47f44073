"""A whole run where commands are confined less than they could be, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness import app
from harness.consent import Consent
from harness.domain.decision import Decision
from harness.domain.event import Answered, Asked, Driver, Entry
from harness.engine.steps import Steps
from harness.errors import Parked
from harness.flow.fold import fold
from harness.journal.jsonl import dump
from harness.replay import replay
from harness.sandbox import landlock
from harness.sandbox.place import left, place
from tests import signer, target
from tests.engine import kit
from tests.engine.test_decisions import short

needed = pytest.mark.skipif(landlock.version() < landlock.OLDEST, reason="no Landlock in this kernel")


def go(top: Path, consent: Consent, ceo: target.Yes | None = None) -> Steps:
    with kit.at(top) as found:
        return app.run(found, app.change_of(found, target.CHANGE), target.screen(ceo), consent=consent)


def levels(entries: list[Entry]) -> list[int]:
    return [event.level for event in kit.of(entries, Driver) if event.did == "started"]


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """A repository below a home directory that is closed to other users, as root's is."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    return target.make(home / "repo")


@needed
def test_a_whole_run_at_level_2_in_a_closed_home(closed: Path, tmp_path: Path) -> None:
    with kit.serving(target.Team()):
        go(closed, Consent(highest=2))
    entries = kit.journal(closed)
    assert (fold(entries).finished, levels(entries)) == ("merged", [2])
    gates = [e.answer for e in kit.of(entries, Answered) if "/gate/" in e.key]
    assert [row["gate"] for row in gates if row["result"] == "failed"] == ["tests"]
    text = "".join(entry.event.model_dump_json() for entry in entries)
    assert "could not run" not in text
    assert str(place()) not in text and str(tmp_path) not in text
    assert not [path for path in left(closed / ".git" / "harness") if (path / target.CHANGE).exists()]
    with kit.at(closed) as found:
        rows = list(found.journal(target.CHANGE).rows())
    record = tmp_path / "record.jsonl"
    record.write_text("\n".join(dump(rows, target.CHANGE, "0")) + "\n")
    assert replay(record).outcome == "merged"


@needed
def test_a_lower_level_than_before_needs_the_user_s_word(closed: Path) -> None:
    """The CEO leaves the first decision for later; the second session finds a weaker sandbox."""
    with kit.serving(target.Team()):
        with pytest.raises(Parked):
            go(closed, Consent(), target.Yes(lambda asked: None))
        for weaker in (Consent(highest=2), Consent(highest=2, disposable=True)):
            with pytest.raises(Parked, match=r"the sandbox fell from level 3 to 2 .*`harness accept`"):
                go(closed, weaker, target.Yes(lambda asked: None))
        go(closed, Consent(highest=2))
        assert levels(kit.journal(closed))[-1] == 2 and fold(kit.journal(closed)).finished == "merged"


def test_a_machine_that_is_declared_disposable_needs_signed_decisions(closed: Path) -> None:
    with kit.serving(target.Team()), pytest.raises(Parked, match="not signed, and at sandbox level 1"):
        go(closed, Consent(highest=1, disposable=True))
    assert fold(kit.journal(closed)).attempts == {}


@pytest.fixture
def signing(closed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Asked], Decision]:
    """A CEO whose decisions are signed."""
    place = tmp_path / "user"
    monkeypatch.setenv("HOME", str(place))
    signer.configure(place, key=str(signer.key(tmp_path / "keys", "cleo")), required=True)

    return lambda asked: signer.said(closed, asked)


def test_a_signed_run_at_level_1_is_measured_and_merged(closed: Path, signing: Callable[[Asked], Decision]) -> None:
    with kit.serving(target.Team(short())):
        go(closed, Consent(highest=1, disposable=True), target.Yes(signing))
    entries = kit.journal(closed)
    assert (fold(entries).finished, levels(entries)) == ("merged", [1])
    gates = [e.answer for e in kit.of(entries, Answered) if "/gate/" in e.key]
    measured = {row["gate"]: row["result"] for row in gates}
    assert (measured["tests"], measured["build"]) == ("passed", "passed")
    assert {row["result"] for row in gates} <= {"passed", "not applicable"}


def test_without_a_sandbox_what_runs_code_could_not_run(closed: Path, signing: Callable[[Asked], Decision]) -> None:
    seen: list[Asked] = []

    def later(asked: Asked) -> Decision | None:
        seen.append(asked)
        return signing(asked) if asked.key == "accept" else None

    with kit.serving(target.Team()), pytest.raises(Parked):
        go(closed, Consent(highest=1), target.Yes(later))
    assert {"build", "tests"} <= set(seen[-1].detail["about"]["unable"])
    assert levels(kit.journal(closed)) == [0]
