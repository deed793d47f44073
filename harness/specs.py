"""How the specification of a change stands to the integration branch and to the other open changes."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness.domain.change import Change
from harness.errors import Parked
from harness.openspec.base import bases, moved, three_ways
from harness.peers import at_commit, living, peers, sentence
from harness.site import Site
from harness.workspace.glance import trailer
from harness.workspace.locate import stored

BASE = "Spec-base"
"""Trailer of a commit that writes the deltas anew: the commit of the integration branch that they are against now."""
LONGEST = 8_000
"""Characters of one difference."""
MOST = 50
"""Requirements whose difference is told."""
MOST_LINES = 20_000
"""Lines of two API documents that are compared."""


@dataclass(frozen=True, slots=True)
class Specs:
    """Implements `world.Specs` on one repository."""

    site: Site
    branch: str
    """The integration branch's name, for people."""
    tip: Callable[[], str]
    """The integration branch's commit now."""

    def stand(self, change: Change, head: str, since: str, spec: str) -> dict[str, Any]:
        """develop, base (requirement -> SHA-256), moved, overlap, waits: as they are now, for the CEO's approval.

        unchanged, where the change has no delta.
        """
        now = self.tip()
        own, known = at_commit(self.site.common, head, change.name, change.branch), peers(self.site, now)
        return {
            "develop": now,
            "base": bases(own.deltas, living(self.site.common, now)),
            "moved": self.moved(change, head, since, now, spec),
            "overlap": known.overlaps(change.name, own.deltas),
            "waits": known.waits(change.name, own.depends),
            **({} if own.deltas else {"unchanged": True}),
        }

    def moved(self, change: Change, head: str, since: str, now: str, spec: str) -> dict[str, str]:
        """What changed between `since` and `now` under the change: requirement or API document -> the difference."""
        common = self.site.common
        own = at_commit(common, head, change.name, change.branch)
        was, there = (living(common, commit) for commit in (since, now))
        found = {row.title: _cut(three_ways(row, self.branch)) for row in moved(own.deltas, was, there)[:MOST]}
        return found | (self._document(spec, since, now) if spec else {})

    def adopted(self, change: Change, was: str, now: str, since: str, spec: str) -> dict[str, Any]:
        """What the commits from `was` to `now`, which the team did not make, say the spec is written against.

        spec_base, and what that brings in (spec_moved); {} where they say nothing that the branch has.
        """
        said = trailer(self.site.common, was, now, BASE, self.tip())
        if not said or was == now:
            return {}
        return {"spec_base": said, "spec_moved": self.moved(change, now, since, said, spec)}

    def wait(self, change: Change, head: str) -> None:
        """Parked while a change that this one depends on is not merged."""
        own = at_commit(self.site.common, head, change.name, change.branch)
        if not own.depends.on and not own.depends.problem:
            return
        waits = peers(self.site, self.tip()).waits(change.name, own.depends)
        if waits:
            raise Parked(f"{change.name} {sentence(waits)}; then `harness run {change.run}` goes on")

    def _document(self, spec: str, since: str, now: str) -> dict[str, str]:
        before, after = (stored(self.site.common, commit, spec) for commit in (since, now))
        if before == after:
            return {}
        old, new = _lines(before), _lines(after)
        if len(old) + len(new) > MOST_LINES:
            text = f"{len(old)} lines became {len(new)}: too many to compare"
        else:
            text = "\n".join(list(difflib.unified_diff(old, new, lineterm="", n=2))[2:])
        return {spec: _cut(f"{spec}: {self.branch} changed it. What {self.branch} changed:\n{text}")}


def _cut(text: str) -> str:
    return text[:LONGEST] + ("\n… cut here" if len(text) > LONGEST else "")


def _lines(data: bytes | None) -> list[str]:
    return (data or b"").decode("utf-8", errors="replace").splitlines()
