"""The CEO's two decisions. They are bound to the digest of what was shown."""

from __future__ import annotations

from typing import Any

from harness.domain.digest import digest
from harness.domain.event import Left
from harness.engine import human
from harness.engine.acts import authorize
from harness.engine.run import Run
from harness.flow.pipeline import Stage


def approve(run: Run, stage: Stage, key: str) -> Left:
    """Ask for the stage's decision and do what it says, short of executing it."""
    number = run.steps.state.attempts[stage.id]
    excused = {f"{row.operation} {row.status}": row.reason for row in run.config.operations.not_provokable}
    about = {**shown(run, stage), "not applicable": run.left_out}
    if excused:
        about["not provokable"] = excused
    verbs = ("approve", "return", "abandon") if stage.returns else ("approve", "abandon")
    what = _action(run, stage)
    answer = human.ask(run.steps, run.world, key, what, about, verbs, returns=stage.returns)
    if answer["verb"] == "return":
        why = f"the CEO returns it: {answer['comment']}"
        kept = {"corrections": [answer["comment"]]}
        return Left(stage=stage.id, attempt=number, outcome="return", to=answer["to"], why=why, artifact=kept)
    authorize(run, key, what, answer["subject"], key)
    artifact: dict[str, Any] = {"approval": answer}
    if stage.id == "spec-approval":
        artifact["approved"] = run.artifacts["lock"]
    return Left(stage=stage.id, attempt=number, outcome="pass", to=stage.then, artifact=artifact)


def shown(run: Run, stage: Stage) -> dict[str, Any]:
    """What the decision is about: digests in full, verdicts, and the gates' results."""
    found: dict[str, Any] = {}
    for name in stage.about:
        value = run.artifacts.get(name)
        if name == "reports":
            found["gates"] = {gate: _summed(report) for gate, report in (value or {}).items()}
            found["reports"] = digest(value)
        elif name.startswith("verdict:") and value:
            found["verdict"] = {k: value[k] for k in ("decision", "summary", "lock") if k in value}
            found["verdict digest"] = digest(value)
        else:
            found[name] = value
    return found


def _summed(report: dict[str, Any]) -> str:
    figures = ", ".join(f"{name} {value}" for name, value in list(report["figures"].items())[:6])
    return f"{report['result']}" + (f" ({figures})" if figures else "")


def _action(run: Run, stage: Stage) -> str:
    if stage.id == "spec-approval":
        return f"implement {run.change.name} as specified"
    if stage.id == "release-approval":
        found = run.artifacts["contents"]
        source = f"{found['develop_name']} {found['develop'][:12]}"
        return f"release {source} to {found['main_name']} as {found['version']}"
    return f"merge {run.change.branch} to {run.develop}"
