"""The sessions of a run, from the record alone: what each left behind as of its own end."""

from __future__ import annotations

from typing import Any

import pytest

from harness.domain.event import Answered, Asked, Authorized, Driver, Entry, Event, Failed
from harness.flow.record import Session, sessions


def entries(*events: Event) -> list[Entry]:
    return [Entry(seq=seq, at=100.0 + seq, event=event, hash="") for seq, event in enumerate(events)]


def started(number: int) -> Driver:
    return Driver(session=number, did="started")


def ended(number: int, how: str) -> Driver:
    return Driver(session=number, did="ended", how=how)


def human(event: type[Asked] | type[Answered], **more: Any) -> Event:
    return event.model_validate({"key": "k", "kind": "human", "question": "q", **more})


ASKED = human(Asked, detail={"what": "merge it"})
ANSWERED = human(Answered, answer={"verb": "approve"})
GRANTED = Authorized(action="merge it", decision="k", subject="s", message=1)
LOST = Failed(action="merge it", why="abandoned", state="as it was", message=2)


def told(session: Session) -> tuple[float, int, int, int, list[tuple[int, str]]]:
    """What the summary of a session says."""
    return session.ended, session.last, len(session.failed), len(session.pending), session.requires


def test_what_comes_after_the_end_changes_nothing() -> None:
    first = entries(started(1), GRANTED, ASKED, ended(1, "waiting for the CEO: merge it"))
    later = entries(*(entry.event for entry in first), ANSWERED, LOST, started(2), ended(2, "merged"))
    (before,), (after, second) = sessions(first), sessions(later)
    assert told(before) == told(after) == (103.0, 3, 0, 1, [(2, "merge it")])
    assert told(second) == (107.0, 7, 0, 0, [])
    assert not before.blocked and not second.blocked


def test_what_comes_after_a_kill_still_belongs_to_the_session() -> None:
    """Its summary is posted only once another driver comes."""
    killed, _ = sessions(entries(started(1), ASKED, ANSWERED, started(2)))
    assert (killed.how, killed.last, killed.requires) == ("killed", 2, [])


@pytest.mark.parametrize(
    "how",
    [
        "develop is checked out in /home/ada/greeter; switch to another branch there",
        "openspec/changes/x/proposal.md is unchanged since it was sent back; edit it, then run again",
    ],
)
def test_a_sentence_at_the_end_requires_somebody(how: str) -> None:
    (session,) = sessions(entries(started(1), ended(1, f"{how}\nand a second line")))
    assert session.blocked == how and session.requires == [(1, how)]


@pytest.mark.parametrize(
    "how",
    ["merged", "abandoned", "ended", "interrupted", "KeyError", "stopped at a safe point; `harness run x` goes on", ""],
)
def test_other_ends_require_nobody(how: str) -> None:
    (session,) = sessions(entries(started(1), ended(1, how)))
    assert not session.blocked and not session.requires and session.how == how


def test_an_open_question_is_required_once() -> None:
    (session,) = sessions(entries(started(1), ASKED, ended(1, "the decision does not count: it is stale")))
    assert session.requires == [(1, "merge it")] and not session.blocked


def test_a_session_without_an_end_requires_nobody() -> None:
    assert [(s.how, s.requires) for s in sessions(entries(started(1)))] == [("under way", [])]
    assert [(s.how, s.requires) for s in sessions(entries(started(1)), over=True)] == [("killed", [])]
