"""Develop moved under a change: a conflict goes to the developer, a moved base of the spec to the spec's review.

Where the deltas can't be folded in any more, only the architect can mend it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.domain.event import Left
from harness.domain.secret import scrubbed
from harness.engine.run import Run
from harness.errors import HarnessError
from harness.flow.pipeline import Stage


class Outdated(HarnessError):
    """The change can't go on from here, since develop moved."""

    def __init__(self, why: str, to: str, kept: dict[str, Any]) -> None:
        super().__init__(why)
        self.to, self.kept = to, kept

    def left(self, run: Run, stage: Stage, head: str) -> Left:
        """The end of the attempt at `stage`, with the branch at `head`."""
        number, kept = run.steps.state.attempts[stage.id], {**self.kept, "head": head}
        return Left(stage=stage.id, attempt=number, outcome="return", to=self.to, why=str(self), artifact=kept)


def fitting(run: Run, found: Mapping[str, Any]) -> None:
    """Outdated where the candidate `found` can't be merged: conflicts first, then a moved base, then unfit deltas."""
    develop, apart = found["develop"], _unfoldable(run, found)
    if found["conflicts"]:
        facts = [f"merge conflict with {run.develop}: {path}" for path in found["conflicts"]]
        raise Outdated(f"the branch conflicts with {run.develop}", "implement", {"corrections": facts})
    if found.get("spec_moved"):
        raise rebased(run, found["spec_moved"], develop, apart=apart)
    if apart:
        why = f"the change's deltas can't be folded into the specs of {run.develop} as it is now"
        raise Outdated(why, "design", {"corrections": apart, "spec_base": develop})


def _unfoldable(run: Run, found: Mapping[str, Any]) -> list[str]:
    """Why the deltas can't be folded in, and the specs that this is about."""
    living = found.get("living", {})
    return [*found.get("unfoldable", ()), *(f"{path} on {run.develop} is now:\n\n{living[path]}" for path in living)]


def rebased(run: Run, moved: Any, develop: str, to: str = "spec-review", apart: Sequence[str] = ()) -> Outdated:
    """Develop, now at the commit `develop`, changed what the spec is written against.

    `moved` is requirement or API document -> difference; `apart` is why the deltas can't be folded in any more, which
    no review can mend. Whoever decides next knows of it, so it counts from there.
    """
    # records from before there were differences say only that the API document moved
    rows = dict(moved) if isinstance(moved, dict) else {run.config.spec.path: run.config.spec.path}
    why = f"{run.develop} changed the living spec while this change was under way: {', '.join(rows)}"
    kept = {"corrections": [*rows.values(), *apart], "spec_base": develop, "spec_moved": rows}
    return Outdated(why, "design" if apart else to, kept)


def since(run: Run) -> str:
    """The commit whose living spec the change is written against, as far as those who decided know."""
    return str(run.artifacts.get("spec_base") or run.base)


def stand(run: Run, key: str) -> dict[str, Any]:
    """How the spec stands to develop and to other changes at its approval. Outdated where its base moved."""
    head, base, spec = run.steps.state.head, since(run), run.config.spec.path

    def look(at: float) -> dict[str, Any]:
        found: dict[str, Any] = scrubbed(run.world.specs.stand(run.change, head, base, spec), run.world.secrets)
        return found

    about = {"head": head, "since": base}
    found: dict[str, Any] = run.steps.once(f"{key}/stand", "git", about, look)
    if found["moved"]:
        raise rebased(run, found["moved"], found["develop"], "design")
    return found


def recheck(run: Run, key: str, head: str, develop: str) -> None:
    """Before the merge on `develop`: Outdated where the base of what was approved is not what develop has there."""
    base, spec = since(run), run.config.spec.path

    def look(at: float) -> dict[str, str]:
        return dict(scrubbed(run.world.specs.moved(run.change, head, base, develop, spec), run.world.secrets))

    moved = run.steps.once(f"{key}/base", "git", {"head": head, "since": base, "develop": develop}, look)
    if moved:
        raise rebased(run, moved, develop)
