"""Questions to the CEO. The question holds the digest of what is shown; an answer to another digest is stale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.domain.decision import Decision
from harness.domain.digest import digest
from harness.domain.event import Answered, Asked, Turned
from harness.engine.genuine import doubted
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
        why = objection(asked, found) or doubted(steps.entries, world, asked.key, found)
        if why:
            steps.append(Turned(by=found.by, decision=found.model_dump(), why=why))
            raise Parked(f"the decision does not count: {why}")
        return found.model_dump()

    stood = steps.answered(full)
    answer: dict[str, Any] = steps.once(full, "human", subject, wait, detail)
    if stood and world.live:
        _stands(steps, world, full, answer)
    tidy(steps, world)
    if answer["verb"] == "abandon":
        raise Abandoned(f"the CEO abandoned {world.change.name}")
    return answer


def _stands(steps: Steps, world: World, key: str, answer: dict[str, Any]) -> None:
    """Parked where a decision on the record does not count here: whoever wrote it may not be the CEO."""
    why = doubted(steps.entries, world, key, Decision.model_validate(answer))
    if why:
        raise Parked(
            f"the decision on {key} is on the record, but it does not count here: {why}; the run goes on where it "
            "does, or ends with `harness abandon`"
        )


def take(steps: Steps, world: World, asked: Asked) -> Decision | None:
    """The first valid decision in the inbox; the others are kept in the journal as turned down."""
    steps.pause()
    for number, item in world.inbox.items():
        try:
            decision = Decision.model_validate(item)
            why = objection(asked, decision) or doubted(steps.entries, world, asked.key, decision)
        except ValueError:
            why = "it is no decision"
        if not why:
            return decision
        steps.append(Turned(by=str(item.get("by", "")), decision=item, why=why))
        world.inbox.drop(number)
    return None


def tidy(steps: Steps, world: World) -> None:
    """Drop inbox items whose decision stands in the journal already, or that nothing waits for any more."""
    given = [e.event.answer for e in steps.entries if isinstance(e.event, Answered) and e.event.kind == "human"]
    for number, item in world.inbox.items():
        if any(_same(item, answer) for answer in given):
            world.inbox.drop(number)


def _same(item: dict[str, Any], answer: Any) -> bool:
    """Whether an item of the inbox is the decision that stands on the record."""
    try:
        return Decision.model_validate(item) == Decision.model_validate(answer)
    except ValueError:
        return False


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
