"""The way that the change took: the pipeline's own, with both decisions, and no merge without them."""

from __future__ import annotations

from harness.domain.decision import FINAL_NO
from harness.domain.event import Answered, Authorized, Completed, Entered, Entry, Failed, Finished, Left
from harness.flow.decide import End, Enter, decide
from harness.flow.fold import State, apply
from harness.flow.pipeline import PIPELINE, find, seal
from harness.verify.case import Case
from harness.verify.check import Finding, judged, unable

ORDER = [row.id for row in PIPELINE]
HUMAN = [row.id for row in PIPELINE if row.by == "human"]


def course(case: Case) -> Finding:
    """Every attempt in the table's order; the human stages passed by the CEO's yes alone, and none of them left out."""
    if case.state.pipeline != seal(PIPELINE):
        return unable("the record was made with another pipeline table")
    state, problems = State(), list[str]()
    for entry in case.entries:
        why = _step(case, state, entry)
        if why:
            problems.append(f"entry {entry.seq}: {why}")
        apply(state, entry)
    passed = [(stage, case.approval(stage)) for stage in HUMAN]
    if case.merging:
        problems += [f"nobody approved at {stage}, but it was merged" for stage, found in passed if found is None]
    mark = "; a rehearsal: what the model said was recorded before" if case.state.rehearsal else ""
    said = ", ".join(f"{stage} by {each.decision.by} in entry {each.answered.seq}" for stage, each in passed if each)
    return judged(problems, (said or "nothing was approved and nothing merged") + mark)


def _step(case: Case, state: State, entry: Entry) -> str:
    """What is wrong with the entry after what came before it, or ''."""
    event = entry.event
    match event:
        case Entered():
            follows = decide(PIPELINE, state)
            good = isinstance(follows, Enter) and (follows.stage.id, follows.attempt) == (event.stage, event.attempt)
            return "" if good else f"the step {event.stage} does not follow"
        case Left():
            return _left(case, state, event)
        case Answered() if event.key == case.merging and (state.at, state.inside) != ("merge", True):
            return f"it was merged in the step {state.at}"
        case Finished(outcome="merged"):
            return "" if isinstance(decide(PIPELINE, state), End) else "it says merged, but the steps are not done"
        case Finished():
            said = any(e.decision.verb == "abandon" and e.answered.seq < entry.seq for e in case.decisions)
            return "" if said else "it says abandoned, but nobody said so"
        case Authorized() | Completed() | Failed():
            return _act(case, state, entry)
        case _:
            return ""


def _left(case: Case, state: State, event: Left) -> str:
    if not (state.inside and state.at == event.stage) and not _sent_on(case, event):
        return f"the step {event.stage} ends without having begun"
    row = find(PIPELINE, event.stage)
    if event.outcome == "return":
        skipped = [] if event.to not in ORDER else ORDER[ORDER.index(event.stage) : ORDER.index(event.to)]
        return f"it goes on to {event.to} past a decision" if set(skipped) & set(HUMAN) else ""
    if event.to != (row.then if event.outcome == "pass" else row.id):
        return f"the step {event.stage} can't lead to {event.to}"
    if row.by != "human":
        return ""
    key = f"{event.stage}/{event.attempt}/"
    said = [each for each in case.decisions if each.key.startswith(key) and each.key.count("/") == 2]
    return "" if said and said[-1].decision.verb == "approve" else f"nobody approved, but {event.stage} was passed"


def _sent_on(case: Case, event: Left) -> bool:
    """Whether the CEO sent on a step that had given up: it is left without another attempt."""
    key, meant = f"{event.stage}/gave-up-{event.attempt}/", ("return", event.to, "return")
    return any(
        (each.decision.verb, each.decision.to, event.outcome) == meant
        for each in case.decisions
        if each.key.startswith(key)
    )


def _act(case: Case, state: State, entry: Entry) -> str:
    """An act needs a permission, and a permission a decision."""
    event = entry.event
    if isinstance(event, Completed | Failed):
        known = any(act.action == event.action for act in state.authorized)
        return "" if known else f"{event.action} was not authorized"
    assert isinstance(event, Authorized)
    for each in case.decisions:
        if each.key.startswith(f"{event.decision}/") and each.answered.seq < entry.seq and each.key != FINAL_NO:
            fits = (each.decision.verb, each.decision.subject) == ("approve", event.subject)
            return "" if fits else f"{event.action} was authorized without an approval of it"
    return f"{event.action} was authorized without a decision"
