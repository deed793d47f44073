"""Ask the gates of a stage about one commit."""

from __future__ import annotations

from typing import Any

from harness.domain.display import flat
from harness.domain.gate import GateResult
from harness.domain.permission import refusal
from harness.domain.secret import redacted, scrubbed
from harness.engine.outdated import fitting, since
from harness.engine.run import Run
from harness.engine.steps import Question
from harness.flow.measures import TIMED
from harness.flow.pipeline import Stage
from harness.ports import Bench, Subject

WHOLE = frozenset({"qa", "measured"})
"""Stages whose gates measure the tree that would be merged."""


def measure(run: Run, stage: Stage, key: str, head: str) -> tuple[list[GateResult], dict[str, Any]]:
    """(results in table order, what the stage leaves): the gates of `stage` on `head`, or on what would be merged."""
    artifact: dict[str, Any] = {}
    if stage.id in WHOLE:
        artifact["candidate"] = candidate(run, key, head)
        tree = str(artifact["candidate"]["tree"])
    else:
        tree = str(run.steps.once(f"{key}/tree", "git", {"head": head}, lambda at: run.world.repo.tree(head)))
    subject = _subject(run, stage, head, tree)
    bench = run.world.bench(run.config) if run.world.live else None
    results = _ask(run, stage, key, subject, bench)
    if "architecture" in stage.gates:
        about = {"head": head, "tree": tree}
        artifact["architecture"] = run.steps.once(f"{key}/surface", "gate", about, lambda at: _surface(run, subject))
    artifact["reports"] = {**run.artifacts.get("reports", {}), **{r.gate: r.model_dump(mode="json") for r in results}}
    return results, artifact


def _surface(run: Run, subject: Subject) -> list[str]:
    """The architecture list as people and roles can repeat it: each item one line, without what can't be seen."""
    items = run.world.surface(subject, run.world.bench(run.config))
    return [flat(redacted(item, run.world.secrets)) for item in items]


def entry_gates(run: Run, stage: Stage, key: str) -> list[GateResult]:
    """For a review that has gates: what does not pass before the reviewer is asked."""
    if stage.submits != "verdict" or not stage.gates:
        return []
    results, _ = measure(run, stage, f"{key}/entry", run.steps.state.entered)
    return [result for result in results if not result.passed]


def candidate(run: Run, key: str, head: str) -> dict[str, Any]:
    """The tree that would be merged now: develop and head together, the living specs as the change has them."""
    base, spec = since(run), run.config.spec.path
    about = {"head": head, "since": base}

    def look(at: float) -> dict[str, Any]:
        if run.world.purpose != "change":
            return run.world.repo.candidate(run.change, run.develop, head, spec)
        run.world.specs.wait(run.change, head)
        found = run.world.repo.candidate(run.change, run.develop, head, spec)
        moved = run.world.specs.moved(run.change, head, base, found["develop"], spec)
        told = {"spec_moved": moved} if moved else {}
        told |= {name: found[name] for name in ("unfoldable", "living") if name in found}
        return {**found, **scrubbed(told, run.world.secrets)}

    found: dict[str, Any] = run.steps.once(f"{key}/candidate", "git", about, look)
    fitting(run, found)
    return found


def preflight(run: Run) -> dict[str, str]:
    """gate -> why it could not run on this machine, for every gate that the change will need."""
    found: dict[str, str] = run.steps.once(
        "preflight",
        "gate",
        {"gates": list(run.gates)},
        lambda at: scrubbed(dict(run.world.ready(run.config, run.gates)), run.world.secrets),
    )
    return found


def unfit(run: Run, stage: Stage, head: str) -> list[str]:
    """What the gate on commits will say of a branch that somebody else moved: nobody can mend it once it is adopted."""
    if "commits" not in run.gates:
        return []
    result = run.world.gates["commits"].check(_subject(run, stage, head, head), run.world.bench(run.config))
    return [redacted(flat(str(found)), run.world.secrets) for found in result.findings]


def _subject(run: Run, stage: Stage, head: str, tree: str) -> Subject:
    role = run.roles.get(stage.role) if stage.role else None

    def writes(path: str) -> str:
        return refusal(role, path, run.change.folder, run.config.secrets) if role else ""

    return Subject(
        change=run.change,
        config=run.config,
        base=run.base,
        entered=run.steps.state.entered,
        head=head,
        tree=tree,
        writes=writes,
        lock=str(run.artifacts.get("approved", "")),
        living=str(run.artifacts.get("spec_base", "")) if "openspec" in stage.gates else "",
    )


def _ask(run: Run, stage: Stage, key: str, subject: Subject, bench: Bench | None) -> list[GateResult]:
    names = [name for name in stage.gates if name in run.gates]
    about = {"head": subject.head, "tree": subject.tree, "base": subject.base, "entered": subject.entered}
    about |= {"living": subject.living} if subject.living else {}

    def check(name: str) -> dict[str, Any]:
        run.world.progress(f"gate {name}")
        assert bench is not None
        result = run.world.gates[name].check(subject, bench)
        told: dict[str, Any] = scrubbed(result.model_dump(mode="json"), run.world.secrets)
        return told

    questions = [
        Question(
            f"{key}/gate/{name}",
            "gate",
            {**about, "gate": name, "lock": subject.lock, "config": run.config.digest},
            lambda at, name=name: check(name),  # type: ignore[misc]
            {"gate": name},
        )
        for name in names
    ]
    busy = [question for question in questions if question.detail["gate"] not in TIMED]
    alone = [question for question in questions if question.detail["gate"] in TIMED]
    answers = run.steps.several(busy) if busy else []
    for question in alone:
        answers += run.steps.several([question])
    found = {question.key: answer for question, answer in zip([*busy, *alone], answers, strict=True)}
    return [GateResult.model_validate(found[question.key]) for question in questions]
