"""What a decision is about, as text to read: the specification, or the difference and its gates."""

from __future__ import annotations

import re

from harness.domain.change import Change
from harness.domain.permission import matches
from harness.errors import HarnessError
from harness.flow.fold import State
from harness.workspace.git import Git

MOST = 40_000
"""Characters of one file."""


def look(git: Git, change: Change, state: State) -> str:
    """The text for the decision that waits; what can't be read is said, since the question stays."""
    try:
        return _shown(git, change, state)
    except HarnessError as error:
        return f"it can't be shown: {error}"


def _shown(git: Git, change: Change, state: State) -> str:
    parts = [f"branch {change.branch} at {state.head}"]
    candidate = state.artifacts.get("candidate")
    if state.at == "approval" and candidate:
        parts += [difference(git, str(candidate["develop"]), str(candidate["tree"])), gates(state)]
    else:
        parts += specification(git, change, state.head)
    return "\n\n".join(part for part in parts if part)


def specification(git: Git, change: Change, head: str) -> list[str]:
    """Proposal, design, specs and tasks of the branch, one text a file."""
    if not head:
        return ["nothing is on the branch yet"]
    names = git.paths(head)
    wanted = [f"{change.folder}/proposal.md", f"{change.folder}/design.md"]
    wanted += sorted(path for path in names if matches(path, (f"{change.folder}/specs/**",)))
    wanted.append(f"{change.folder}/tasks.md")
    found = []
    for path in wanted:
        data = git.read(head, path) if path in names else None
        if data is not None:
            text = data.decode("utf-8", errors="replace")
            found.append(f"=== {path}\n{text[:MOST]}" + ("\n… cut" if len(text) > MOST else ""))
    return found


def difference(git: Git, before: str, after: str) -> str:
    """`git diff --stat` between two trees."""
    stat = git.run("diff-tree", "-r", "--stat=100", "--no-renames", f"{before}^{{tree}}", f"{after}^{{tree}}")
    return f"=== what would land on {before[:12]}\n" + stat.decode("utf-8", errors="replace").rstrip()


def gates(state: State) -> str:
    """Every gate's last result with its figures."""
    rows = []
    for gate, report in dict(state.artifacts.get("reports") or {}).items():
        figures = ", ".join(f"{name} {_short(value)}" for name, value in dict(report.get("figures") or {}).items())
        why = f": {report['reason']}" if report.get("reason") else ""
        rows.append(f"{gate:14} {report['result']}{why}" + (f"  ({figures})" if figures else ""))
    return "\n".join(["=== gates", *rows]) if rows else ""


def _short(value: object) -> str:
    """A digest by its start, since this is a screen."""
    return re.sub(r"\b([0-9a-f]{12})[0-9a-f]{28,52}\b", r"\1", str(value))
