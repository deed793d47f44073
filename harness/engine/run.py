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
from harness.flow import courses
from harness.flow.applies import applicable, strange
from harness.flow.pipeline import Stage
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

    def criteria(self, stage: Stage) -> dict[str, str]:
        """id -> what it asks: the criteria that a verdict of the stage answers."""
        asked: dict[str, str] = getattr(self.config.review, courses.criteria(stage))
        return asked

    def document(self, head: str) -> str:
        """Where the API document of what the run is about lies at `head`; '' where the repository has none."""
        if self.world.purpose != "change" or not self.config.spec.path:
            return self.config.spec.path
        return self.world.repo.spec_file(self.change, head)


def begin(world: World, steps: Steps) -> Run:
    """Read the base commit, once; Mistake when it can't be driven."""
    answer = steps.once("base", "git", {"change": world.change.name}, lambda at: _base(world))
    if answer["config"] is None:
        raise Mistake(f"{answer['branch']} has no {FILE}; run `harness init` and commit what it writes")
    config = parse(answer["config"])
    odd = strange(config.project.gates)
    if odd:
        raise Mistake(odd)
    roles, render = world.team(answer["team"])
    gates, left_out = applicable(world.change.kind, config)
    named = {gate for row in world.pipeline for gate in row.gates}
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
        gates=tuple(gate for gate in gates if gate in named),
        left_out={gate: why for gate, why in left_out.items() if gate in named},
    )


def _base(world: World) -> dict[str, Any]:
    """What is read of the base; its documents go to every role, so nothing in them may be a secret.

    Parked where its configuration is not what the CEO accepted.
    """
    found = world.repo.base()
    if world.standing and found["config"] is not None:
        world.standing.check(found["team"], found["config"])
    return {**found, "documents": scrubbed(found["documents"], world.secrets)}
