"""What a role is told at the beginning of an attempt: facts read once, and what earlier stages left."""

from __future__ import annotations

from typing import Any

from harness.domain.event import Left
from harness.domain.gate import GateResult
from harness.domain.secret import scrubbed
from harness.engine.run import Run
from harness.flow.courses import ANSWERS_ARCHITECTURE, OPINIONS
from harness.flow.measures import RULES, TITLES
from harness.flow.pipeline import Stage, find

MEASURING = frozenset({"spec", "tests", "coverage", "operations", "latency"})
TOLD = {"spec-review": ("design",), "qa": ("implement",), "review": ("implement", "qa")}
"""Whose summaries a stage is told."""

SPECIFYING = frozenset({"design", "spec-review"})
"""Stages that deal with what develop changed under the spec."""
MOST_RETURNS, MOST_CORRECTIONS = 5, 30
LONGEST = 2_000
"""Characters of one text that others said since a role's last look."""


def read(run: Run, stage: Stage, key: str) -> dict[str, Any]:
    """What the attempt begins with, read once: the change so far, and the team as the base has it now."""
    head = run.steps.state.entered
    since = str(run.artifacts.get(f"said:{stage.id}", {}).get("head", ""))

    def look(at: float) -> dict[str, Any]:
        seen = run.world.repo.brief(run.change, run.base, head, since, run.config.secrets)
        if run.world.standing:
            # not answered where it parks: the next driver reads the team anew
            run.world.standing.check(seen["team"])
        path = seen["spec_file"] if run.config.spec.path else ""
        path = path if run.world.purpose == "change" else run.config.spec.path
        operations = run.world.operations(head, path) if path else []
        # roles and prompts are the team's own, which a redaction could only break
        told: dict[str, Any] = scrubbed({**seen, "operations": operations, "team": {}}, run.world.secrets)
        return {**told, "team": seen.get("team", {})}

    about = {"base": run.base, "head": head, "since": since}
    found: dict[str, Any] = run.steps.once(f"{key}/brief", "git", about, look)
    return found


def facts(run: Run, stage: Stage, read: dict[str, Any]) -> dict[str, Any]:
    """The facts of the stage's brief."""
    state = run.steps.state
    reports = [_told(GateResult.model_validate(row)) for row in run.artifacts.get("reports", {}).values()]
    reviewing = stage.submits == "verdict" and stage.id != "spec-review"
    return {
        "change": run.change,
        "proposal": read["proposal"],
        "gates": _gates(run, stage.gates),
        "later": _gates(run, find(run.world.pipeline, "qa").gates, but=stage.gates) if stage.id == "implement" else [],
        "criteria": run.criteria(stage) if stage.submits == "verdict" else {},
        "returns": list(stage.returns),
        "corrections": [*state.corrections, *_unmet(run, stage)],
        "why": state.why,
        "before": _before(run, stage, read),
        "files": read["files"],
        "commits": read["commits"],
        "diff": read["diff"] if reviewing or (stage.id == "implement" and state.corrections) else "",
        "reports": reports if reviewing else [],
        "summaries": {
            find(run.world.pipeline, name).title: text
            for name in TOLD.get(stage.id, ())
            if (text := str(run.artifacts.get(f"summary:{name}", "")))
        },
        "architecture": list(run.artifacts.get("architecture", [])) if stage.id in ANSWERS_ARCHITECTURE else [],
        "operations": read["operations"],
        "spec_path": run.config.spec.path,
        "spec_file": read["spec_file"],
        "commands": _commands(run),
        "known": _known(run, stage),
        "stage": stage,
        "contribution": run.artifacts.get("contribution", {}),
        "contents": run.artifacts.get("contents", {}),
        "opinions": _opinions(run),
    }


def _unmet(run: Run, stage: Stage) -> list[str]:
    """What develop changed under the spec and nobody has approved yet, where the corrections do not say it already."""
    moved = run.artifacts.get("spec_moved", {}) if stage.id in SPECIFYING else {}
    return [text for text in moved.values() if text not in run.steps.state.corrections]


def _opinions(run: Run) -> dict[str, Any]:
    """What the reviewers of a contribution said so far, by the title of their row."""
    given = {row: run.artifacts.get(f"verdict:{row.id}") for row in run.world.pipeline if row.id in OPINIONS}
    return {row.title: verdict for row, verdict in given.items() if verdict}


def _told(result: GateResult) -> GateResult:
    """A result without the figures that tell a reviewer nothing."""
    return result if result.gate in MEASURING else result.model_copy(update={"figures": {}})


def _before(run: Run, stage: Stage, read: dict[str, Any]) -> dict[str, Any] | None:
    """What the role itself said at this stage the last time, what others asked for since, and what has changed."""
    said = run.artifacts.get(f"said:{stage.id}")
    if not said or not read.get("since"):
        return None
    found = {"diff": "", **said, **read["since"], "asked": _asked(run, stage)}
    # a record that began with an earlier version has neither
    found["criteria"] = [_cut(str(text)) for text in said.get("criteria", ())]
    found["problem"] = _cut(str(said.get("problem", "")))
    return found if stage.submits in ("verdict", "sign-off") else {**found, "diff": ""}


def _asked(run: Run, stage: Stage) -> list[dict[str, Any]]:
    """The returns by others since the stage was last left, the oldest first; what sent the change here stands in
    `why` already."""
    rows: list[Left] = []
    for entry in run.steps.entries:
        match entry.event:
            case Left(stage=stage.id, outcome="pass" | "return"):
                rows = []
            case Left(outcome="return") as left if left.stage != stage.id and left.why != run.steps.state.why:
                rows.append(left)
    return [
        {
            "by": find(run.world.pipeline, row.stage).title,
            "to": find(run.world.pipeline, row.to).title,
            "why": _cut(row.why),
            "corrections": [_cut(str(text)) for text in row.artifact.get("corrections", ())][:MOST_CORRECTIONS],
        }
        for row in rows[-MOST_RETURNS:]
    ]


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} … (cut)"


def _gates(run: Run, names: tuple[str, ...], but: tuple[str, ...] = ()) -> list[dict[str, str]]:
    return [
        {"name": name, "title": TITLES[name], "rule": RULES[name](run.config)}
        for name in names
        if name in run.gates and name not in but
    ]


def _known(run: Run, stage: Stage) -> dict[str, Any]:
    """What is measured otherwise than one would think, as far as it concerns the stage and applies here."""
    asked, specifies, kept = run.config.services, stage.id in SPECIFYING, "regression" in run.gates
    servers = [name for name, wanted in (("PostgreSQL", asked.postgres), ("Redis", asked.redis)) if wanted]
    vitest = run.config.project.language == "typescript" and bool(run.config.commands.integration)
    return {
        "kept": kept and specifies,
        "stuck": kept and stage.id == "implement",
        "servers": [] if specifies else servers,
        "vitest": vitest and not specifies,
    }


def _commands(run: Run) -> dict[str, str]:
    commands = {name: text for name, text in run.config.commands.model_dump().items() if text}
    return {**commands, "serve": run.config.server.start} if run.config.server.start else commands
