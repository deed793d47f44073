"""What a role is told at the beginning of an attempt: facts read once, and what earlier stages left."""

from __future__ import annotations

from typing import Any

from harness.domain.gate import GateResult
from harness.engine.run import Run
from harness.flow.measures import RULES, TITLES
from harness.flow.pipeline import Stage


def read(run: Run, key: str) -> dict[str, Any]:
    """What the attempt begins with, read once: the change so far, and the team as the base has it now."""
    head = run.steps.state.entered
    found: dict[str, Any] = run.steps.once(
        f"{key}/brief",
        "git",
        {"base": run.base, "head": head},
        lambda at: {
            **run.world.repo.brief(run.change, run.base, head),
            "operations": _operations(run, head),
        },
    )
    return found


def facts(run: Run, stage: Stage, read: dict[str, Any]) -> dict[str, Any]:
    """The facts of the stage's brief."""
    state = run.steps.state
    reports = [GateResult.model_validate(report) for report in run.artifacts.get("reports", {}).values()]
    measured = stage.gates if stage.gates else ()
    return {
        "change": run.change,
        "proposal": read["proposal"],
        "gates": [
            {"name": name, "title": TITLES[name], "rule": RULES[name](run.config)}
            for name in measured
            if name in run.gates
        ],
        "criteria": _criteria(run, stage),
        "returns": list(stage.returns),
        "corrections": list(state.corrections),
        "why": state.why,
        "files": read["files"],
        "commits": read["commits"],
        "reports": reports if stage.submits == "verdict" and stage.id == "review" else [],
        "signoff": str(run.artifacts.get("summary:qa", "")) if stage.id == "review" else "",
        "architecture": list(run.artifacts.get("architecture", [])) if stage.id == "review" else [],
        "operations": read["operations"],
        "spec_path": run.config.spec.path,
        "spec_file": read["spec_file"],
        "commands": {name: text for name, text in run.config.commands.model_dump().items() if text},
    }


def _operations(run: Run, head: str) -> list[str]:
    path = run.world.repo.brief(run.change, run.base, head)["spec_file"]
    return run.world.operations(head, path) if path and run.config.spec.path else []


def _criteria(run: Run, stage: Stage) -> dict[str, str]:
    if stage.submits != "verdict":
        return {}
    return run.config.review.spec if stage.id == "spec-review" else run.config.review.code
