"""`archive`: a change's deltas into the specs, its folder into the archive."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from harness.changes.archive import (
    NotArchived,
    carry_out,
    claim,
    folded,
    locate,
    marked,
    verified,
    waiting,
)
from harness.changes.files import Unusable, content
from harness.changes.inspect import boxes, documents_of
from harness.changes.repository import data, deltas, filled, strays
from harness.changes.root import Root
from harness.cli.openspec.driven import refusal
from harness.cli.openspec.grammar import Call
from harness.cli.openspec.listing import progress
from harness.cli.openspec.output import Failure, dump, say
from harness.cli.openspec.store import select
from harness.openspec.change import HEADED, shown
from harness.openspec.landing import Step
from harness.openspec.metadata import Metadata, named
from harness.openspec.proposal import remarks, what

CANCELLED = "archive_cancelled"
"""No failure: somebody was asked and did not want it."""
KINDS = (("+", "added"), ("~", "modified"), ("-", "removed"), ("→", "renamed"))


@dataclass(slots=True)
class Run:
    """One archiving."""

    call: Call
    root: Root
    name: str
    tell: Callable[[str], None]
    """Says something on a terminal, and nothing where the answer is JSON."""

    @property
    def yes(self) -> bool:
        return self.call.on("yes")

    @property
    def json(self) -> bool:
        return self.call.on("json")


def answer(call: Call, start: Path) -> int:
    root = select(call, start)
    run = Run(call, root, call.argument or "", (lambda text: None) if call.on("json") else say)
    try:
        if not call.argument:
            raise _unnamed(call)
        return _archive(run)
    except NotArchived as error:
        if error.lines and not call.on("json"):
            for line in error.lines:
                say(line)
            return int(error.code != CANCELLED)
        extra = {"fix": error.fix} if error.fix else {}
        raise Failure(error.code, str(error), fields={"archive": None, "root": root.json()}, extra=extra) from error


def _unnamed(call: Call) -> NotArchived:
    if call.on("json"):
        text = "A change name is required: archive --json is non-interactive."
        return NotArchived("change_name_required", text, "openspec archive <change-name> --json")
    text = "A change name is required: no terminal is available to choose one from a list."
    return NotArchived("change_name_required", text, "openspec archive <change-name> --yes")


def _archive(run: Run) -> int:
    folder = locate(run.root, run.name)
    skips = run.call.on("skip-specs")
    if driven := refusal(run.root, run.name, specs=not skips):
        raise NotArchived("change_driven", driven, f"harness status {run.name}")
    if not skips:
        _approved(run)
    _validate(run, folder)
    _tasks(run, folder)
    if skips:
        run.tell("Skipping spec updates (--skip-specs flag provided).")
    target = run.root.archive / named(run.name, date.today().isoformat())
    with claim(run.root, target):
        steps = [] if skips else _steps(run, folder)
        if steps and not run.call.on("no-validate"):
            steps = verified(steps, data(run.root, folder))
        carry_out(run.root, steps, folder, target)
    _told(run, steps, target)
    return 0


def _steps(run: Run, folder: Path) -> list[Step]:
    """What becomes of the specs, once somebody agreed to it; nothing where somebody did not."""
    found = waiting(run.root, folder)
    if not found:
        return []
    run.tell("\nSpecs to update:")
    for capability, there in found:
        run.tell(f"  {capability}: {'update' if there else 'create'}")
    steps: list[Step] = []
    problem: NotArchived | None = None
    try:
        steps = list(folded(run.root, folder, run.name))
    except NotArchived as error:
        problem = error
    for step in steps:
        for warning in step.folded.warnings:
            run.tell(f"⚠️  Warning: {warning}")
    if not _confirmed(run, len(found)):
        run.tell("Skipping spec updates. Proceeding with archive.")
        return []
    if problem:
        raise problem
    return steps


def _approved(run: Run) -> None:
    """Nothing of a change that the harness drives overwrites what the living spec got since its approval."""
    if os.path.lexists(run.root.path / ".git"):
        from harness.cli.openspec.approved import guard

        guard(run.root, run.name)


def _validate(run: Run, folder: Path) -> None:
    if run.call.on("no-validate"):
        _unchecked(run, folder)
        return
    own = data(run.root, folder)
    if not run.json and (said := _said(run, folder, own)):
        run.tell("\nProposal warnings in proposal.md (non-blocking):")
        for line in said:
            run.tell(f"  ⚠ {line}")
    if not _checked(run, folder, own):
        return
    found = documents_of(run.root, run.name, archiving=True)
    if any(issue.level == "ERROR" for issue in found):
        fix = f"Run openspec validate {run.name} for details, fix the errors, or rerun with --no-validate."
        lines = (
            "\nValidation errors in change delta specs:", *marked(found),
            "\nValidation failed. Please fix the errors before archiving.",
            "To skip validation (not recommended), use --no-validate flag.",
        )  # fmt: skip
        raise NotArchived("validation_failed", f"Validation failed for change '{run.name}'.", fix, lines)


def _said(run: Run, folder: Path, own: Metadata) -> list[str]:
    """What is said about the proposal, if there is one."""
    path = folder / "proposal.md"
    if not path.exists():
        return []
    try:
        text = content(path)
        return remarks(text, shown(deltas(run.root, folder, living=False), what(text)), own)
    except Unusable as error:
        return [str(error)]


def _checked(run: Run, folder: Path, own: Metadata) -> bool:
    """Whether the deltas are looked at: a change without any, that does not speak of it, is let pass."""
    if own.broken or (own.skip_specs and filled(folder)):
        return True
    if (folder / "specs" / "spec.md").is_file() or strays(folder):
        return True
    return any(HEADED.search(each.text) for each in deltas(run.root, folder, living=False))


def _unchecked(run: Run, folder: Path) -> None:
    warning = "⚠️  WARNING: Skipping validation may archive invalid specs."
    if not run.yes:
        fix = "openspec archive <change-name> --json --no-validate --yes"
        fix = fix if run.json else f"openspec archive {run.name} --no-validate --yes"
        _agreed(run, f"{warning} Continue? (y/N) (y/N) ", "Skipping validation requires confirmation", fix)
    else:
        run.tell(f"\n{warning}")
    stamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    run.tell(f"[{stamp}] Validation skipped for change: {run.name}\nAffected files: {folder}")


def _tasks(run: Run, folder: Path) -> None:
    found = boxes(run.root, folder)
    done = sum(task.done for task in found)
    run.tell(f"Task status: {progress(done, len(found))}")
    left = len(found) - done
    if not left:
        return
    text = f"{left} incomplete task(s) found"
    if run.yes:
        run.tell(f"Warning: {text}. Continuing due to --yes flag.")
        return
    if run.json:
        message = f"{text} for change '{run.name}'."
        raise NotArchived("tasks_incomplete", message, "Complete the tasks or rerun with --yes.")
    fix = f"Complete the tasks or rerun with openspec archive {run.name} --yes"
    _agreed(run, f"Warning: {text}. Continue? (y/N) ", f"{text} for change '{run.name}'", fix)


def _confirmed(run: Run, count: int) -> bool:
    if run.yes:
        return True
    text = f"Updating {count} spec(s) requires confirmation"
    fix = "openspec archive <change-name> --json --yes" if run.json else f"openspec archive {run.name} --yes"
    return _ask(run, "Proceed with spec updates? (Y/n) ", text, fix, True)


def _agreed(run: Run, question: str, need: str, fix: str) -> None:
    """Go on only if the person agrees."""
    if not _ask(run, question, need, fix, False):
        raise NotArchived("cancelled", "Archive cancelled.", lines=("Archive cancelled.",))


def _ask(run: Run, question: str, need: str, fix: str, default: bool) -> bool:
    """Whether the person agrees; NotArchived where nobody answers."""
    if run.json:
        raise NotArchived("confirmation_required", f"{need}: rerun with --yes.", fix)
    say(question, end="")
    sys.stdout.flush()
    line = sys.stdin.readline() if sys.stdin else ""
    if not line:
        raise NotArchived("confirmation_required", f"{need}, and no answer could be read from stdin.", fix)
    word = line.strip().lower()
    return word.startswith("y") or (default and not word.startswith("n"))


def _told(run: Run, steps: list[Step], target: Path) -> None:
    totals = {word: sum(getattr(step.folded, word) for step in steps) for _, word in KINDS}
    changed = any(step.writes for step in steps)
    for step in steps:
        _applied(run, step)
    if steps:
        run.tell("Totals: " + ", ".join(f"{sign} {totals[word]}" for sign, word in KINDS))
        run.tell("Specs updated successfully." if changed else "Specs already in sync; no files changed.")
    run.tell(f"Change '{run.name}' archived as '{target.name}'.")
    if run.json:
        dump({"archive": _archived(run, steps, target, totals, changed), "root": run.root.json()})


def _applied(run: Run, step: Step) -> None:
    path = f"openspec/specs/{step.capability}/spec.md"
    if step.retires and step.before is not None:
        run.tell(f"Retiring {path}: all requirements removed.")
        run.tell(f"   If it was committed, restore it with: {_restore(path)}")
    elif step.writes:
        run.tell(f"Applying changes to {path}:")
        for sign, word in KINDS:
            if count := getattr(step.folded, word):
                run.tell(f"  {sign} {count} {word}")


def _restore(path: str) -> str:
    return f'git checkout HEAD -- ":(top){path}"'


def _archived(run: Run, steps: list[Step], target: Path, totals: dict[str, int], changed: bool) -> dict[str, Any]:
    out: dict[str, Any] = {
        "change": run.name, "archivedAs": target.name, "path": str(target), "specsUpdated": changed,
    }  # fmt: skip
    if steps:
        out["totals"] = totals
    warnings = [warning for step in steps for warning in step.folded.warnings]
    for step in steps:
        if step.retires and step.before is not None:
            path = f"openspec/specs/{step.capability}/spec.md"
            warnings.append(
                f"{step.capability} - capability retired; deleted the main spec (all requirements removed, declared by "
                f"retire_capabilities) at {path}. Its section(s) went with it: Purpose. If it was committed, restore "
                f"it with: {_restore(path)}"
            )
    return {**out, "warnings": warnings} if warnings else out
