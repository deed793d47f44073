"""`validate`: one change or spec, all of them, or the archive's task lists."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.changes import inspect
from harness.changes.files import Unusable
from harness.changes.inspect import Verdict
from harness.changes.repository import active, archived, capabilities
from harness.changes.root import Root, here
from harness.cli.openspec.choice import choose, nothing
from harness.cli.openspec.grammar import Call
from harness.cli.openspec.listing import no_root
from harness.cli.openspec.output import Failure, dump, remark, say
from harness.cli.openspec.show import plain, unnamed
from harness.cli.openspec.store import select
from harness.openspec.issue import Issue
from harness.openspec.metadata import misplaced
from harness.openspec.script import by_locale

if TYPE_CHECKING:
    from harness.cli.openspec.together import Together

SIGNS = {"ERROR": "✗", "WARNING": "⚠", "INFO": "ℹ"}
WAITS = 3
"""Exit code where a change waits for another one; only the harness's own rules know of that."""
SCOPES = ("all", "changes", "specs", "archived")


def answer(call: Call, start: Path) -> int:
    if call.command == "change validate":
        return _old_change(call, here(start))
    if call.command == "spec validate":
        return _old_spec(call, here(start))
    bulk = any(call.on(scope) for scope in SCOPES[:-1])
    if (wanted := call.value("report")) is not None and (problem := _unreported(call, wanted, bulk)):
        fix = "Use --report full|findings with --all, --changes, --specs, or --archived, without an item name. "
        fix += "Do not combine archived and active scopes."
        shown = f"Error: {problem}\nFix: {fix}"
        raise Failure("invalid_validation_report_request", problem, extra={"fix": fix}, shown=shown)
    root = select(call, start)
    if bulk and not root.found:
        raise no_root({})
    if call.on("archived"):
        return _archive(call, root)
    if bulk:
        return _bulk(call, root)
    if not call.argument:
        return nothing("validate", ("--all", "--changes", "--specs", "<item-name>"))
    return _one(call, root)


def _unreported(call: Call, wanted: str, bulk: bool) -> str:
    """Why there is no such report, or ''."""
    if wanted not in ("full", "findings"):
        return f"Unknown validation report '{wanted}'."
    if call.argument is not None:
        return "A validation report cannot be combined with an item name."
    if call.on("archived") and bulk:
        return "A validation report cannot combine archived and active scopes."
    return "" if call.on("archived") or bulk else "A validation report requires an explicit bulk scope."


def _one(call: Call, root: Root) -> int:
    name = call.argument or ""
    kind = choose(root, name, call.value("type"), "validate")
    label, parts = ("Change name", [name]) if kind == "change" else ("Spec id", name.split("/"))
    if wrong := next(filter(None, (misplaced(each, label) for each in parts)), ""):
        raise Failure("invalid_item", wrong, shown=wrong)
    verdict, took = _timed(kind, name, root, call.on("strict"), _looker(call, root))
    if call.on("json"):
        dump(_report([(verdict, took)], (kind,), root))
    else:
        told(verdict)
    return _code([verdict])


def _code(verdicts: Sequence[Verdict]) -> int:
    """1 where something is wrong, WAITS where all that keeps a change from being valid is another one, 0 otherwise."""
    return 1 if any(verdict.wrong for verdict in verdicts) else WAITS if any(v.waits for v in verdicts) else 0


def _looker(call: Call, root: Root) -> Together | None:
    """The harness's own rules, where they were asked for."""
    if not call.on("harness"):
        return None
    from harness.cli.openspec.together import together

    return together(root)


def _timed(kind: str, name: str, root: Root, strict: bool, own: Together | None) -> tuple[Verdict, int]:
    began = time.monotonic()
    look: Callable[[Root, str], list[Issue]] = inspect.change if kind == "change" else inspect.living
    if own and kind == "change":
        verdict = own.verdict(name, strict=strict)
    else:
        verdict = Verdict(name, kind, look(root, name), strict)
    return verdict, round((time.monotonic() - began) * 1000)


def _each(kind: str, name: str, root: Root, strict: bool, own: Together | None) -> tuple[Verdict, int]:
    """One of many: what can't be looked at is wrong, and the others are looked at all the same."""
    try:
        return _timed(kind, name, root, strict, own)
    except Unusable as error:
        return Verdict(name, kind, [Issue("ERROR", "file", str(error))], strict), 0


def told(verdict: Verdict) -> None:
    """One verdict on a terminal."""
    noun = "Change" if verdict.kind == "change" else "Specification"
    if verdict.valid:
        say(f"{noun} '{verdict.name}' is valid")
    elif not verdict.wrong:
        say(f"{noun} '{verdict.name}' {verdict.waits}")
    else:
        remark(f"{noun} '{verdict.name}' has issues")
    for issue in verdict.issues:
        remark(f"{SIGNS[issue.level]} [{issue.level}] {issue.path}: {issue.message}")
    if verdict.wrong:
        remark("Next steps:\n" + "\n".join(f"  - {step}" for step in _steps(verdict)))


def _steps(verdict: Verdict, old: bool = False) -> list[str]:
    """What to do next; `old`: as the old command words it."""
    if verdict.kind != "change":
        return [
            "Ensure spec includes ## Purpose and ## Requirements sections",
            "Each requirement MUST include at least one #### Scenario: block",
            "Re-run with --json to see structured report",
        ]
    said = "\n".join(issue.message for issue in verdict.issues)
    needs = "schema: <name> is required" if old else "schema: <name> naming a known schema is required"
    if "is not a change: it is a folder wrapping" in said and not old:
        return [
            "Move each nested change directly under openspec/changes/, folding the namespace into its name",
            "Only specs may be nested by domain; change directories are always flat",
        ]
    if "but spec files exist under specs/" in said:
        return [
            "This change declares skip_specs (no spec deltas): delete the files under specs/, or remove skip_specs "
            "from .openspec.yaml if requirements do change",
            f"skip_specs is only honored when .openspec.yaml is valid change metadata ({needs})",
        ]
    if "so the marker is not honored" in said:
        return [
            f"Fix .openspec.yaml so the skip_specs marker can be honored ({needs})",
            "Or remove skip_specs from .openspec.yaml and add delta specs instead",
        ]
    debug = "openspec change show <id>" if old else f"openspec show {verdict.name}"
    return [
        "Ensure change has deltas in specs/: use headers ## ADDED/MODIFIED/REMOVED/RENAMED Requirements",
        "Each requirement MUST include at least one #### Scenario: block",
        f"Debug parsed deltas: {debug} --json --deltas-only",
    ]


def _bulk(call: Call, root: Root) -> int:
    both = call.on("all") or (call.on("changes") and call.on("specs"))
    kinds = tuple(k for k in ("change", "spec") if both or call.on(f"{k}s"))
    items = [("spec", name) for name in (capabilities(root) if "spec" in kinds else [])]
    items += [("change", name) for name in (active(root) if "change" in kinds else [])]
    items.sort(key=lambda item: by_locale(item[1]))
    if not call.on("json"):
        remark("- Validating...")
    own = _looker(call, root)
    rows = [_each(kind, name, root, call.on("strict"), own) for kind, name in items]
    scope = "all" if both else next(scope for scope in SCOPES if call.on(scope))
    return _told(call, rows, kinds, root, scope)


def _archive(call: Call, root: Root) -> int:
    if not call.on("json"):
        remark("- Validating archived changes...")
    rows = [(Verdict(name, "change", inspect.unfinished(root, root.archive / name)), 0) for name in archived(root)]
    if not rows and not call.on("json") and call.value("report") != "findings":
        say("No archived changes found.")
        return 0
    return _told(call, rows, ("change",), root, "archived")


def _told(call: Call, rows: list[tuple[Verdict, int]], kinds: tuple[str, ...], root: Root, scope: str) -> int:
    findings = call.value("report") == "findings"
    if call.on("json"):
        dump(_findings(rows, kinds, root, scope) if findings else _report(rows, kinds, root))
    elif findings:
        _brief(rows, scope)
    elif not rows:
        say("No items found to validate.")
    else:
        _lines([verdict for verdict, _ in rows], scope)
    return _code([verdict for verdict, _ in rows])


def _totals(verdicts: Sequence[Verdict]) -> dict[str, int]:
    passed, failed = sum(verdict.valid for verdict in verdicts), sum(verdict.wrong for verdict in verdicts)
    waiting = len(verdicts) - passed - failed
    sums = {"items": len(verdicts), "passed": passed, "failed": failed}
    return {**sums, "waiting": waiting} if waiting else sums


def _sentence(verdicts: Sequence[Verdict]) -> str:
    sums = _totals(verdicts)
    waiting = f", {sums['waiting']} waiting" if "waiting" in sums else ""
    return f"Totals: {sums['passed']} passed, {sums['failed']} failed{waiting} ({sums['items']} items)"


def _item(verdict: Verdict) -> dict[str, Any]:
    issues = [issue.json() for issue in verdict.issues]
    state = {"waits": verdict.waits} if verdict.waits else {}
    return {"id": verdict.name, "type": verdict.kind, "valid": verdict.valid, **state, "issues": issues}


def _summary(rows: list[tuple[Verdict, int]], kinds: tuple[str, ...]) -> dict[str, Any]:
    verdicts = [verdict for verdict, _ in rows]
    by = {kind: _totals([each for each in verdicts if each.kind == kind]) for kind in kinds}
    return {"totals": _totals(verdicts), "byType": by}


def _report(rows: list[tuple[Verdict, int]], kinds: tuple[str, ...], root: Root) -> dict[str, Any]:
    items = [{**_item(verdict), "durationMs": took} for verdict, took in rows]
    return {"items": items, "summary": _summary(rows, kinds), "version": "1.0", "root": root.json()}


def _findings(rows: list[tuple[Verdict, int]], kinds: tuple[str, ...], root: Root, scope: str) -> dict[str, Any]:
    kept = [{**_item(verdict), "durationMs": took} for verdict, took in rows if verdict.issues]
    sizes = {"returnedItems": len(kept), "totalItems": len(rows)}
    head = {"kind": "validation-findings", "version": "1.0", "scope": scope, **sizes}
    summary = _summary(rows, kinds)
    return {"report": head, "itemFindings": kept, "summary": summary, "root": root.json()}


def _lines(verdicts: list[Verdict], scope: str) -> None:
    for verdict in verdicts:
        if verdict.valid:
            say(f"✓ {verdict.kind}/{verdict.name}")
        elif not verdict.wrong:
            say(f"… {verdict.kind}/{verdict.name} {verdict.waits}")
        else:
            remark(f"✗ {verdict.kind}/{verdict.name}")
        for issue in verdict.issues:
            where = "" if scope == "archived" else f"[{issue.level}] {issue.path}: "
            remark(f"  {SIGNS[issue.level]} {where}{issue.message}")
    _summed(verdicts, scope)


def _summed(verdicts: list[Verdict], scope: str) -> None:
    say(_sentence(verdicts))
    bad = [verdict for verdict in verdicts if verdict.wrong]
    if bad and scope != "archived":
        say(f"Details: openspec validate {bad[0].name} --type {bad[0].kind}")


def _brief(rows: list[tuple[Verdict, int]], scope: str) -> None:
    verdicts = [verdict for verdict, _ in rows]
    say(f"Scope: {scope} ({len(rows)} items)")
    if not any(verdict.issues for verdict in verdicts):
        say("No item findings.")
    for verdict in verdicts:
        if verdict.issues:
            remark(f"{verdict.kind}/{verdict.name}")
            for issue in verdict.issues:
                remark(f"  [{issue.level}] {issue.path}: {issue.message}")
    _summed(verdicts, scope)


def _old_change(call: Call, root: Root) -> int:
    name = call.argument
    if not name:
        return unnamed(root)
    folder = root.changes / name
    if not plain(name) or not folder.exists():
        remark(f'Error: Change "{name}" not found at {os.path.normpath(folder)}')
        return 1
    issues = [*inspect.documents_of(root, name), *inspect.lists(root, folder)]
    verdict = Verdict(name, "change", issues, call.on("strict"))
    if call.on("json"):
        dump(_old_report(verdict))
        return 0
    if verdict.valid:
        say(f'Change "{name}" is valid')
    else:
        remark(f'Change "{name}" has issues')
    for issue in verdict.issues:
        remark(f"{SIGNS[issue.level]} [{issue.level}] {issue.path}: {issue.message}")
    if not verdict.valid:
        remark("Next steps:\n" + "\n".join(f"  - {step}" for step in _steps(verdict, old=True)))
    return 0 if verdict.valid else 1


def _old_spec(call: Call, root: Root) -> int:
    name = call.argument
    if not name:
        remark("Error: Missing required argument <spec-id>")
        return 1
    path = root.specs / name / "spec.md"
    if not path.exists():
        remark(f"Error: Spec '{name}' not found at openspec/specs/{name}/spec.md")
        return 1
    verdict = Verdict(name, "spec", inspect.living(root, name), call.on("strict"))
    if call.on("json"):
        dump(_old_report(verdict))
    elif verdict.valid:
        say(f"Specification '{verdict.name}' is valid")
    else:
        remark(f"Specification '{verdict.name}' has issues")
        for issue in verdict.issues:
            remark(f"{SIGNS[issue.level]} [{issue.level}] {issue.path}: {issue.message}")
    return 0 if verdict.valid else 1


def _old_report(verdict: Verdict) -> dict[str, Any]:
    levels = [issue.level for issue in verdict.issues]
    sums = {"errors": levels.count("ERROR"), "warnings": levels.count("WARNING"), "info": levels.count("INFO")}
    return {"valid": verdict.valid, "issues": [issue.json() for issue in verdict.issues], "summary": sums}
