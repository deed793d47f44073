"""A change: its name, its kind, and what follows from the two."""

from __future__ import annotations

import re
from typing import Literal, get_args

from harness.domain.frozen import Frozen
from harness.errors import Mistake

Kind = Literal["feature", "fix", "docs"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Purpose = Literal["change", "review", "release"]
"""What a run is for: a change of the team's own, a branch of somebody else's, or develop to main."""
RUNS = ("review", "release")
"""Names under which runs are numbered that are no change's own: `review~1`."""
RESERVED = ("archive", "repo", *RUNS)
"""A folder of OpenSpec's own, the journal of the repository, and runs: no change may be called so."""
CONSULTATION = re.compile(r"consult-(\d{3,})")
"""What the runs of consultations are called: no change can have such a name."""
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,60}[a-z0-9])?")


class Change(Frozen):
    """One change of the target repository."""

    name: str
    kind: Kind = "feature"
    fork: int = 0
    """0, or the number of the fork of the change's run."""

    @property
    def run(self) -> str:
        """The name of its run: its journal, its lease and its refs."""
        return f"{self.name}~{self.fork}" if self.fork else self.name

    @property
    def refs(self) -> str:
        """Where its snapshots are kept: below refs/harness/, without what a ref's name may not hold."""
        return "refs/harness/" + self.run.replace("~", ".fork-")

    @property
    def branch(self) -> str:
        """The change's branch, such as `feature/add-login`."""
        return f"{self.kind}/{self.name}" + (f"-fork-{self.fork}" if self.fork else "")

    @property
    def folder(self) -> str:
        """The change's folder in the repository, without a closing slash."""
        return f"openspec/changes/{self.name}"


def named(name: str) -> str:
    """`name` if it is a well-formed change name; raises Mistake otherwise."""
    if name in RESERVED:
        raise Mistake(f"{name} is a name that the harness or OpenSpec uses itself; choose another one")
    if not NAME.fullmatch(name):
        raise Mistake(
            f"{name!r} is not a change name: use lower-case letters, digits and hyphens, such as add-login "
            "(a name, not a path)"
        )
    return name
