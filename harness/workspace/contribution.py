"""A branch or range of commits that the team did not write, as JSON facts."""

from __future__ import annotations

import re
from typing import Any

from harness.domain.path import recorded
from harness.domain.permission import matches
from harness.errors import Mistake
from harness.workspace.git import Git
from harness.workspace.span import resolved

SPECIFICATION = ("openspec/specs/**", "openspec/changes/**", "**/openapi*.yaml", "**/openapi*.yml", "**/openapi*.json")
"""What says how things shall be, beside the API document that harness.toml names."""
WORDS = ("docs/**", "**/*.md", "**/*.rst", "**/*.txt", "TBC/**", "LICENSE*")
"""What is neither code nor specification."""
MOST_COMMITS = 500
MOST_FILES = 2_000
LONGEST = 200
"""Characters of a commit's header that a reader is shown."""
_RANGE = re.compile(r"(?P<base>[^.\s][^\s]*?)\.\.(?P<head>[^.\s][^\s]*)")


def contribution(git: Git, asked: str, develop: str, base: str, spec: str) -> dict[str, Any]:
    """What `asked`, a branch, a commit or `A..B`, brings beyond develop's commit `base`; Mistake if it is none.

    name, base, head (ids), commits and files (lines for a reader), spec and code (paths), merges (headers of merges of
    something else than develop), problems (sentences).
    """
    span = _RANGE.fullmatch(asked)
    head = resolved(git, span["head"] if span else asked)[0]
    start = resolved(git, span["base"])[0] if span else base
    if not span and git.ancestor(head, base):
        raise Mistake(f"{asked} has nothing that {develop} lacks, so there is nothing to review")
    if span and not git.ancestor(start, head):
        raise Mistake(f"{span['base']} is not below {span['head']}: a range goes from an older commit to a newer one")
    # a range that begins on develop is the branch that it ends at: measured as it would be merged
    start = base if git.ancestor(start, base) else start
    rows = git.log(start, head)
    if not rows:
        raise Mistake(f"{asked} holds no commit that {develop} lacks, so there is nothing to review")
    if len(rows) > MOST_COMMITS:
        raise Mistake(f"{asked} holds {len(rows)} commits, more than the {MOST_COMMITS} that one review can take")
    fork = git.both("merge-base", start, head, ok=(0, 1))[1].decode().strip()
    if not fork:
        raise Mistake(f"{asked} shares no commit with {develop}, so it can't be reviewed as a contribution to it")
    changed = git.changed(fork, head)
    if len(changed) > MOST_FILES:
        raise Mistake(f"{asked} touches {len(changed)} files, more than the {MOST_FILES} that one review can take")
    return {
        "name": asked,
        "base": start,
        "head": head,
        "commits": [f"{row['id'][:12]} {_header(row)}" for row in rows],
        "files": [f"{status} {recorded(path)}" for path, status in changed.items()],
        "spec": sorted(recorded(path) for path in changed if _specifies(path, spec)),
        "code": sorted(recorded(path) for path in changed if _codes(path, spec)),
        "merges": [_header(row) for row in rows if _foreign(git, row, base)],
        "problems": _order(git, rows, spec),
    }


def _header(row: dict[str, str]) -> str:
    """The first line of a commit's message; a stranger's may be as long as it likes."""
    return (row["message"].strip().splitlines() or [""])[0][:LONGEST]


def _foreign(git: Git, row: dict[str, str], base: str) -> bool:
    """Whether a commit merges something else than develop into the branch."""
    others = row["parents"].split()[1:]
    return any(not git.ancestor(other, base) for other in others)


def _specifies(path: str, spec: str) -> bool:
    return path == spec or matches(path, SPECIFICATION)


def _codes(path: str, spec: str) -> bool:
    return not _specifies(path, spec) and not matches(path, WORDS)


def _order(git: Git, rows: list[dict[str, str]], spec: str) -> list[str]:
    """Where code came before the specification that it needs: the first commit of each kind, oldest first."""
    first: dict[str, str] = {}
    for row in rows:
        parents = row["parents"].split()
        if len(parents) > 1:
            continue
        paths = git.changed(parents[0], row["id"]) if parents else git.paths(row["id"])
        for kind, holds in (("spec", _specifies), ("code", _codes)):
            if kind not in first and any(holds(path, spec) for path in paths):
                first[kind] = row["id"]
        if "spec" in first:
            return []
        if "code" in first and any(_later(git, later, spec) for later in rows[rows.index(row) + 1 :]):
            return [
                f"the specification was changed after the code: {first['code'][:12]} {_header(row)} comes before it; "
                "the specification has to be changed first"
            ]
    return []


def _later(git: Git, row: dict[str, str], spec: str) -> bool:
    parents = row["parents"].split()
    return len(parents) == 1 and any(_specifies(path, spec) for path in git.changed(parents[0], row["id"]))
