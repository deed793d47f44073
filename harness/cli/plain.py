"""The progress of a run as plain lines, and as one sentence an entry: for logs, and for `harness show`."""

from __future__ import annotations

import re
from typing import Any

from harness.cli.when import clock
from harness.domain.event import (
    Answered,
    Asked,
    Authorized,
    Completed,
    Convened,
    Denied,
    Drifted,
    Driver,
    Entered,
    Entry,
    Failed,
    Finished,
    Left,
    Opened,
    Prepared,
    RunStarted,
    Tried,
    Turned,
)
from harness.flow.courses import COURSES, row

HANG = 14
"""Columns of the number and the time before the sentence."""
MOST = 300
"""Characters of an error."""
HANDED_IN = "handed in"
"""How a tool's answer to an accepted submission begins."""
_DIGEST = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{28,52}\b")


def sentence(entry: Entry) -> str:
    """What an entry says, in one line; '' for what a reader of a timeline does not need."""
    event = entry.event
    match event:
        case RunStarted():
            how = "as a rehearsal" if event.rehearsal else "live"
            own = event.purpose == "change"
            what = f"{event.kind} {event.change}" if own else f"{event.purpose} {event.asked}".rstrip()
            return f"{what} begins {how}"
        case Convened():
            return f"the CEO asks the consultant{f' about {event.about}' if event.about else ''}: {event.question}"
        case Entered():
            at = row(event.stage)
            # why it came here stands in the entry before, which left another step
            return f"step {at.step} {at.title}, attempt {event.attempt}"
        case Opened():
            return f"{event.role} begins with {event.model}"
        case Left():
            return f"{row(event.stage).title}: {event.outcome}" + (f" to {event.to}: {event.why}" if event.why else "")
        case Asked(kind="human"):
            return f"waits for the CEO: {event.detail.get('what', '')}"
        case Answered():
            return _answer(event)
        case _:
            return _other(event)


def _other(event: Any) -> str:
    match event:
        case Denied():
            return f"denied: {event.reason}"
        case Authorized():
            return f"authorized in msg #{event.message}: {event.action}"
        case Completed():
            return f"confirmed in msg #{event.message}: {event.action}, commit {event.commit[:12]}"
        case Failed():
            return f"not executed, msg #{event.message}: {event.action}: {event.why}"
        case Turned():
            return f"a decision by {event.by or 'somebody'} does not count: {event.why}"
        case Finished():
            return f"over: {event.outcome}"
        case Driver():
            low = f", with a sandbox of level {event.level} only" if 0 <= event.level < 3 else ""
            return f"session {event.session} {event.did}{low}" + (f": {event.how}" if event.how else "")
        case Tried():
            return f"model call failed: {event.fault}" + (f"; again in {event.wait:.1f} s" if event.wait > 0 else "")
        case Drifted():
            return f"drift: {event.what}"
        case Prepared():
            return _prepared(event)
        case _:
            return ""


def _prepared(event: Prepared) -> str:
    """What became of a set-up, and every host that it reached."""
    how = f"failed: {event.why}"[:MOST] if event.why else "taken from the cache" if event.cached else "done"
    how += f" in {event.seconds:.0f} s" if event.seconds and not event.why else ""
    network = f"; network: {'; '.join(map(str, event.reached))}" if event.reached else ""
    return f"set-up `{event.command}`{' for changed lock files' if event.branch else ''} {how}{network}"


def _answer(event: Answered) -> str:
    answer = event.answer
    match event.kind:
        case "gate" if isinstance(answer, dict) and "gate" in answer:
            figures = ", ".join(f"{k} {v}" for k, v in list(answer["figures"].items())[:4])
            figures = short(figures)
            why = f": {answer['reason']}" if answer["reason"] else ""
            return f"gate {answer['gate']} {answer['result']}{why}" + (f" ({figures})" if figures else "")
        case "human":
            to = f" to {answer['to']}" if answer.get("to") else ""
            said = f": {answer['comment']}" if answer.get("comment") else ""
            return f"the CEO ({event.by}) says {answer.get('verb')}{to}{said}"
        case "tool":
            return _tool(event.key, answer)
        case "model":
            calls = [_call(block) for block in answer.get("content", []) if block.get("type") == "tool_use"]
            many = len(calls) > 1
            return "  " + "; ".join(f"({n}) {call}" if many else call for n, call in enumerate(calls, 1))
        case _:
            return ""


def _tool(key: str, answer: dict[str, Any]) -> str:
    """What became of a call, where that is more than the call itself says: it failed, or it handed work in."""
    text, number = str(answer.get("text", "")), key.rpartition("/")[2]
    if answer.get("error") or answer.get("code"):
        which = f" ({int(number) + 1})" if number.isdigit() and number != "0" else ""
        what = " ".join(text.split()) if answer.get("error") else (text.splitlines() or [f"exit {answer['code']}"])[0]
        return f"  →{which} {'error: ' if answer.get('error') else ''}{what[:MOST]}"
    if text.startswith(HANDED_IN):
        stage = key.partition("/")[0]
        row = next((row for table in COURSES.values() for row in table if row.id == stage), None)
        # no gate measures a verdict
        return "  verdict handed in" if row and row.submits == "verdict" else f"  {text}"
    return ""


def _call(block: dict[str, Any]) -> str:
    given = block.get("input") or {}
    what = given.get("path") or given.get("command") or given.get("text") or given.get("decision") or ""
    return f"{block.get('name')} {str(what).splitlines()[0][:80] if what else ''}".strip()


def short(text: str) -> str:
    """`text` with its long digests cut to twelve digits, for a screen."""
    return _DIGEST.sub(r"\1…", text)


def line(entry: Entry) -> str:
    """The sentence with its entry number and time, on one line: no text of an agent can add an entry."""
    said = " ⏎ ".join(filter(None, (part.rstrip() for part in sentence(entry).splitlines())))
    return f"{entry.seq:5}  {clock(entry.at)[11:16]}  {said}" if said else ""
