"""What there is to look at before a decision: the change's files, the difference, verdicts, gates, and summaries."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.domain.change import Change
from harness.domain.vocabulary import marked
from harness.errors import HarnessError
from harness.flow.fold import State
from harness.workspace.git import Git

MOST = 2_000_000
"""Characters of one text."""
FIRST = ("proposal.md", "design.md", "tasks.md")
"""Files of a change that come before its specs."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One text to look at."""

    name: str
    size: str
    text: Callable[[], str]


def sights(git: Git, change: Change, state: State) -> list[Sight]:
    """All that there is, in the order of their numbers; what can't be read is left out."""
    found = []
    candidate = state.artifacts.get("candidate")
    try:
        if state.at == "approval" and candidate:
            found.append(difference(git, str(candidate["develop"]), str(candidate["tree"])))
        if state.head:
            found += files(git, change, state.head)
    except HarnessError:
        pass  # the question stays, and what is on record can be looked at all the same
    for name, value in state.artifacts.items():
        kind, _, stage = name.partition(":")
        if kind == "verdict":
            found.append(_fixed(name, verdict(value)))
        elif kind == "said":
            found.append(_fixed(f"summary:{stage}", said(value)))
        elif kind == "spec_moved" and value:
            found.append(_fixed("changed on develop", "\n\n".join(str(text) for text in value.values())))
    if state.artifacts.get("reports"):
        found.append(_fixed("gates", gates(state.artifacts["reports"])))
    return found


def listed(found: list[Sight]) -> list[str]:
    """One numbered line each."""
    return [f"{number:2}  {sight.name}  ({sight.size})" for number, sight in enumerate(found, 1)]


def find(found: list[Sight], name: str) -> Sight | None:
    """By number, by name, or by the end of a path that only one has."""
    if name.isascii() and name.isdigit():
        return found[int(name) - 1] if 0 < int(name) <= len(found) else None
    exact = [sight for sight in found if sight.name == name]
    ends = [sight for sight in found if sight.name.endswith(f"/{name}")]
    return exact[0] if exact else ends[0] if len(ends) == 1 else None


def shown(sight: Sight) -> str:
    """The text, cut where nobody reads on; a text that can't be read is a sentence that says so."""
    try:
        text = sight.text()
    except HarnessError as error:
        return f"it can't be shown: {error}"
    return text[:MOST] + ("\n… cut" if len(text) > MOST else "")


def files(git: Git, change: Change, head: str) -> list[Sight]:
    """The change's own files on its branch: proposal, design, tasks, then specs."""
    inside = [
        path.removeprefix(f"{change.folder}/") for path in git.paths(head) if path.startswith(f"{change.folder}/")
    ]
    return [_file(git, head, f"{change.folder}/{name}") for name in sorted(inside, key=_rank)]


def _rank(name: str) -> tuple[int, str]:
    return (FIRST.index(name) if name in FIRST else len(FIRST), name)


def _file(git: Git, head: str, path: str) -> Sight:
    return _fixed(path, (git.read(head, path) or b"").decode("utf-8", errors="replace"))


def difference(git: Git, before: str, after: str) -> Sight:
    """What would land, as a patch below its list of files."""
    trees = (f"{before}^{{tree}}", f"{after}^{{tree}}")
    rows = (
        git.run("diff-tree", "-r", "--numstat", "--no-renames", *trees).decode("utf-8", errors="replace").splitlines()
    )
    plus, minus = (sum(int(n) for row in rows if (n := row.split("\t")[at]).isdigit()) for at in (0, 1))

    def text() -> str:
        options = ("-r", "--patch-with-stat", "--stat=100", "--no-renames", "--no-ext-diff", "--no-textconv")
        return git.run("diff-tree", *options, *trees).decode("utf-8", errors="replace").rstrip()

    return Sight("diff", f"{len(rows)} files, {plus} lines added, {minus} removed", text)


def verdict(given: Mapping[str, Any]) -> str:
    """A verdict with its criteria and what each rests on."""
    lines = [f"{given.get('decision', '')}: {marked(str(given.get('summary', '')))}"]
    for row in given.get("criteria") or ():
        lines += ["", f"{row['criterion']}: {row['answer']}", f"  {marked(row['why'])}"]
        lines += [f"  - {place}" for place in row.get("evidence") or ()]
    for item in given.get("architecture") or ():
        lines += ["", f"{'accepted' if item['accepted'] else 'not accepted'}: {item['item']}"]
    return "\n".join(lines)


def said(given: Mapping[str, Any]) -> str:
    """What a role said of its work, with what it wants corrected."""
    first = f"{given.get('decision', '')} at {str(given.get('head', ''))[:12]}: {marked(str(given.get('summary', '')))}"
    return "\n".join([first, *(f"- {line}" for line in given.get("corrections") or ())])


def gates(reports: Mapping[str, Any]) -> str:
    """Every gate's last report: result, command, figures and findings."""
    lines: list[str] = []
    for gate, report in reports.items():
        lines.append(f"{gate}: {report['result']}" + (f": {report['reason']}" if report.get("reason") else ""))
        lines += [f"  $ {report['command']}"] if report.get("command") else []
        lines += [f"  {name} {_short(value)}" for name, value in dict(report.get("figures") or {}).items()]
        for row in report.get("findings") or ():
            place = f"{row['path']}:{row.get('line', 0)}: " if row.get("path") else ""
            lines.append(f"  - {place}{row.get('text', '')}")
        for row in report.get("waived") or ():
            lines.append(f"  - let pass until {row['expires']}: [{row['rule']}] {row['text']} ({row['reason']})")
        lines.append("")
    return "\n".join(lines).rstrip()


def _fixed(name: str, text: str) -> Sight:
    return Sight(name, f"{len(text.splitlines())} lines", lambda: text)


def _short(value: object) -> str:
    """A digest by its start, since this is a screen."""
    return re.sub(r"\b([0-9a-f]{12})[0-9a-f]{28,52}\b", r"\1…", str(value))
