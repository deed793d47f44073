"""Develop moved under a change: a conflict goes to the developer, a moved base of the spec to the spec's review."""

from __future__ import annotations

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


class Conflicting(Outdated):
    """The branch and develop can't be merged; `paths` says where."""

    def __init__(self, develop: str, paths: list[str]) -> None:
        self.paths = [f"merge conflict with {develop}: {path}" for path in paths]
        super().__init__(f"the branch conflicts with {develop}", "implement", {"corrections": self.paths})


def rebased(run: Run, moved: Any, develop: str, to: str = "spec-review") -> Outdated:
    """Develop, now at the commit `develop`, changed what the spec is written against.

    `moved` is requirement or API document -> difference. Whoever decides next knows of it, so it counts from there.
    """
    # records from before there were differences say only that the API document moved
    rows = dict(moved) if isinstance(moved, dict) else {run.config.spec.path: run.config.spec.path}
    why = f"{run.develop} changed the living spec while this change was under way: {', '.join(rows)}"
    kept = {"corrections": list(rows.values()), "spec_base": develop, "spec_moved": rows}
    return Outdated(why, to, kept)


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
