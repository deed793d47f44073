"""A consultation: the CEO talks with the consultant, who reads and never writes; then the meeting is minuted.

The same questions and answers as a change's run, so that it survives a kill, waits for days, and replays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.domain.event import Answered, Convened, Finished
from harness.domain.role import Role
from harness.domain.submission import Handed, Minutes
from harness.engine import human
from harness.engine.acts import confirmed
from harness.engine.attempt import opened
from harness.engine.calls import Calls
from harness.engine.drive import session
from harness.engine.run import Run, begin
from harness.engine.steps import Steps
from harness.engine.talk import Ended, Talk
from harness.errors import HistoryRefused
from harness.flow import meeting
from harness.flow.meeting import Turn
from harness.flow.pipeline import DONE, Stage
from harness.world import World

STAGE = Stage(id="consult", step=0, title="Consultation", by="agent", role="tbc", submits="minutes", then=DONE)
TALK = "the consultant has answered: say more, or approve to end the meeting"
Look = Callable[[Run], dict[str, Any]]
"""charter (text), told (whether the repository has it), record (what is known of the run in question, or {})"""


@dataclass(slots=True)
class _Meeting:
    """One consultation while it is held."""

    run: Run
    first: Convened
    talk: Talk
    turns: list[Turn]
    """What the CEO said, with the entry that holds it."""
    over: bool = False
    """Whether the CEO has ended it."""
    broke: list[str] = field(default_factory=list)
    """Why the consultant can say no more."""


def consult(world: World, first: Convened, look: Look) -> Steps:
    """Hold the meeting until it is minuted, or until it has to wait (Parked). Safe to call again after any crash."""
    steps = Steps(world)
    human.tidy(steps, world)
    if steps.state.finished and world.live:
        return steps
    if not steps.entries:
        steps.append(first)
    session(steps, world, lambda: _held(begin(world, steps), first, look))
    return steps


def _held(run: Run, first: Convened, look: Look) -> None:
    about = {"base": run.base, "about": first.about}
    seen: dict[str, Any] = run.steps.once("read", "git", about, lambda at: look(run))
    role = _reader(run)

    def objections(given: Handed) -> list[str]:
        if not isinstance(given, Minutes) or not found.over:
            return ["the meeting is under way: answer the CEO in plain text; they end it, and then you are asked"]
        return meeting.objections(given, len(found.turns))

    calls = Calls(
        run,
        STAGE,
        role,
        lambda at: run.world.workspace("consult", role, at, run.base, run.config),
        run.base,
        objections,
    )
    told = {"question": first.question, "about": first.about, **seen}
    talk = opened(run, STAGE, role, "consult", calls, told, run.render)
    found = _Meeting(run, first, talk, [Turn(0, first.question)])
    try:
        _talked(found)
        draft, approval = _minuted(found)
    finally:
        calls.close()
    _recorded(found, draft, approval)
    run.steps.append(Finished(outcome="minuted"))


def _reader(run: Run) -> Role:
    """The consultant, who reads and hands in minutes, whatever else a repository's own role file would let them do."""
    role = run.roles[STAGE.role]
    reads = tuple(name for name in role.tools if run.world.tools[name].effect == "read")
    return role.model_copy(update={"tools": (*reads, "submit"), "write": (), "network": ()})


def _talked(found: _Meeting) -> None:
    """Turn by turn, until the CEO ends it or the consultant can't go on."""
    run = found.run
    while True:
        said = _answer(found)
        number = len(found.turns)
        about = {"said": said, "turn": number}
        answer = human.ask(run.steps, run.world, f"meeting/{number}", TALK, about, ("answer", "approve"))
        if answer["verb"] == "answer":
            found.turns.append(Turn(_entry(run, f"meeting/{number}/"), str(answer["comment"])))
        if answer["verb"] == "approve" or found.broke:
            found.over = True
            return
        found.talk.conversation.user([{"type": "text", "text": str(answer["comment"])}])


def _answer(found: _Meeting) -> str:
    """What the consultant says next, after what it reads; why it says nothing, where it can't."""
    talk, silent = found.talk, 0
    try:
        while True:
            reply = talk.ask()
            content = reply.get("content") or []
            stop = reply.get("stop_reason")
            text = "\n".join(str(block["text"]) for block in content if block.get("type") == "text").strip()
            if stop in ("end_turn", "stop_sequence") and text:
                talk.conversation.assistant(content)
                return text
            silent = talk.odd(reply, silent)
            if not silent:
                talk.conversation.assistant(content)
                talk.conversation.user(talk.calls.run(f"{talk.key}/{talk.turn}", content)[0])
    except (Ended, HistoryRefused) as end:
        found.broke.append(str(end))
        return f"(The consultant can say no more: {end}. The meeting ends with your next word.)"


def _minuted(found: _Meeting) -> tuple[Minutes | None, dict[str, Any]]:
    """(the draft that the CEO approved, their decision); None where the consultant could write none."""
    run, talk = found.run, found.talk
    number = 0
    if not found.broke:
        talk.conversation.user([{"type": "text", "text": run.render("brief-minutes", turns=found.turns)}])
    while True:
        number += 1
        draft = _draft(found)
        about = meeting.shown(draft, found.turns)
        what = f"approve the minutes of {found.first.run}"
        verbs = ("approve", "return", "abandon") if draft else ("approve", "abandon")
        answer = human.ask(run.steps, run.world, f"minutes/{number}", what, about, verbs, returns=("draft",))
        if answer["verb"] == "approve":
            return draft, answer
        talk.tell(f"The CEO asks for other minutes: {answer['comment']}")


def _draft(found: _Meeting) -> Minutes | None:
    if found.broke:
        return None
    try:
        given = found.talk.submission()
    except (Ended, HistoryRefused) as end:
        found.broke.append(str(end))
        return None
    assert isinstance(given, Minutes)
    return given


def _recorded(found: _Meeting, draft: Minutes | None, approval: dict[str, Any]) -> None:
    """The minutes as a commit on the integration branch, numbered there, and checked."""
    run = found.run
    # what came after the approval, such as a driver that had to wait, is not part of the meeting
    upto = max(e.seq for e in run.steps.entries if isinstance(e.event, Answered) and e.event.kind == "human")
    facts = meeting.facts(run.steps.entries[: upto + 1], found.first, found.turns, draft, found.broke)
    path = f"TBC/minutes/TBC-MIN-NNN-{facts['day']}.md"
    files = {path: run.render("consult-minutes", **facts)}
    # the hash tells this meeting from another machine's of the same name, where a crash makes it look for its commit
    message = f"docs(tbc): record the minutes of {found.first.run}\n\nRecord: {facts['hash']}\n"
    checkout = bool(approval.get("update_checkout")) or run.world.checkout
    done = run.steps.once(
        "minutes/commit",
        "git",
        {"files": files, "message": message},
        lambda at: run.world.repo.record(run.develop, files, message.rstrip("\n"), int(at), checkout=checkout),
    )
    confirmed(run, "minutes/evidence", done["commit"], run.develop, run.base)


def _entry(run: Run, key: str) -> int:
    """The number of the entry that answers the question whose key begins so."""
    return next(e.seq for e in run.steps.entries if isinstance(e.event, Answered) and e.event.key.startswith(key))


def minutes(steps: Steps) -> tuple[str, Sequence[str]]:
    """(commit, files) of the minutes; '' before they are there."""
    for entry in steps.entries:
        if isinstance(entry.event, Answered) and entry.event.key == "minutes/commit":
            return str(entry.event.answer["commit"]), list(entry.event.answer.get("files", ()))
    return "", ()
