"""Questions to the CEO. The question holds the digest of what is shown; an answer to another digest is stale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.domain.decision import Decision
from harness.domain.digest import digest
from harness.domain.event import Answered, Asked, Turned
from harness.engine.steps import Steps
from harness.errors import Abandoned, Parked
from harness.flow.accept import objection
from harness.world import World


def ask(
    steps: Steps,
    world: World,
    key: str,
    what: str,
    about: dict[str, Any],
    verbs: Sequence[str],
    *,
    returns: Sequence[str] = (),
    least: float = 0.0,
) -> dict[str, Any]:
    """The CEO's decision as a dict (verb, to, comment, cap, by, …); Parked when nobody answers now."""
    subject = digest({"what": what, "about": about})
    full = f"{key}/{subject[:16]}"
    detail = {
        "what": what,
        "subject": subject,
        "about": about,
        "verbs": list(verbs),
        "returns": list(returns),
        "least": least,
    }
    asked = Asked(key=full, kind="human", question=digest(subject), detail=detail)

    def wait(at: float) -> dict[str, Any]:
        found = take(steps, world, asked) or world.ceo.ask(asked, lambda: take(steps, world, asked))
        if found is None:
            raise Parked(f"waiting for the CEO: {what}")
        why = objection(asked, found)
        if why:
            steps.append(Turned(by=found.by, decision=found.model_dump(), why=why))
            raise Parked(f"the decision does not count: {why}")
        return found.model_dump()

    answer: dict[str, Any] = steps.once(full, "human", subject, wait, detail)
    tidy(steps, world)
    if answer["verb"] == "abandon":
        raise Abandoned(f"the CEO abandoned {world.change.name}")
    return answer


def take(steps: Steps, world: World, asked: Asked) -> Decision | None:
    """The first valid decision in the inbox; the others are kept in the journal as turned down."""
    steps.pause()
    for number, item in world.inbox.items():
        decision = Decision.model_validate(item)
        why = objection(asked, decision)
        if not why:
            return decision
        steps.append(Turned(by=decision.by, decision=decision.model_dump(), why=why))
        world.inbox.drop(number)
    return None


def tidy(steps: Steps, world: World) -> None:
    """Drop inbox items whose decision stands in the journal already, or that nothing waits for any more."""
    given = [e.event.answer for e in steps.entries if isinstance(e.event, Answered) and e.event.kind == "human"]
    for number, item in world.inbox.items():
        if item in given:
            world.inbox.drop(number)


def settle(steps: Steps, world: World) -> bool:
    """Move a decision from the inbox into the journal while no driver runs; True if one was moved."""
    asked = steps.state.waiting
    if asked is None:
        return False
    decision = take(steps, world, asked)
    if decision is None:
        return False
    steps.append(
        Answered(key=asked.key, kind="human", question=asked.question, answer=decision.model_dump(), by=decision.by)
    )
    tidy(steps, world)
    return True
