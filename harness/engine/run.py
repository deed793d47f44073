"""What one drive of one run works with: the world, the journal, and what was read from the base commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.config import FILE, Config, parse
from harness.domain.change import Change
from harness.domain.role import Role
from harness.domain.secret import scrubbed
from harness.engine.steps import Steps
from harness.errors import Mistake
from harness.flow.pipeline import applicable
from harness.world import World


@dataclass(frozen=True, slots=True)
class Run:
    """All of it is fixed once the base was read."""

    world: World
    steps: Steps
    change: Change
    base: str
    develop: str
    config: Config
    documents: list[list[str]]
    roles: Mapping[str, Role]
    render: Callable[..., str]
    gates: tuple[str, ...]
    """The gates that apply, in table order."""
    left_out: dict[str, str]
    """gate -> why it does not apply"""

    @property
    def artifacts(self) -> dict[str, Any]:
        return self.steps.state.artifacts


def begin(world: World, steps: Steps) -> Run:
    """Read the base commit, once; Mistake when it can't be driven."""
    answer = steps.once("base", "git", {"change": world.change.name}, lambda at: _base(world))
    if answer["config"] is None:
        raise Mistake(f"{answer['branch']} has no {FILE}; run `harness init` and commit what it writes")
    config = parse(answer["config"])
    roles, render = world.team(answer["team"])
    gates, left_out = applicable(world.change.kind, config.project.gates, bool(config.spec.path))
    return Run(
        world=world,
        steps=steps,
        change=world.change,
        base=answer["commit"],
        develop=answer["branch"],
        config=config,
        documents=answer["documents"],
        roles=roles,
        render=render,
        gates=gates,
        left_out=left_out,
    )


def _base(world: World) -> dict[str, Any]:
    """What is read of the base; its documents go to every role, so nothing in them may be a secret."""
    found = world.repo.base()
    return {**found, "documents": scrubbed(found["documents"], world.secrets)}
