"""`harness rebase-spec`: a change's deltas brought onto what the integration branch has now, for review."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.adapters import Adapters, develop_of
from harness.app import change_of
from harness.domain.change import Change
from harness.domain.digest import digest
from harness.domain.event import Answered, Entry
from harness.errors import Mistake, Refused
from harness.flow.fold import State, fold
from harness.journal.lease import lease
from harness.openspec.base import Moved, moved
from harness.openspec.rebase import rebased
from harness.peers import Peer, at_commit, in_tree, living
from harness.site import Site
from harness.specs import BASE
from harness.workspace.checkout import advance
from harness.workspace.git import Git
from harness.workspace.glance import last
from harness.workspace.threeway import merge

LOST = "\ufffd"
"""What stands for bytes that are no text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What would be written."""

    change: Change
    head: str
    """The branch's commit; '' where the change has no run, and lies in the working tree."""
    since: str
    branch: str
    """The integration branch's name."""
    develop: str
    """Its commit."""
    moved: Sequence[Moved]
    deltas: Mapping[str, tuple[str, str]]
    """path -> (text now, text then)"""
    conflicts: Sequence[str]

    @property
    def digest(self) -> str:
        """Of all that is decided on."""
        about: dict[str, Any] = {"change": self.change.run, "head": self.head, "develop": self.develop}
        return digest({**about, "deltas": {path: list(pair) for path, pair in self.deltas.items()}})


def offer(site: Site, run: str, since: str = "") -> Offer:
    """What the deltas would be. `since`: the commit whose living specs they were written against, where it is known."""
    change = change_of(site, run)
    adapters = Adapters(site, change, develop_of(Git(site.common), site.top))
    entries = site.journal(run).read()
    state = fold(entries)
    own = _own(site, change, state)
    if state.head and (tip := adapters.git.commit(f"refs/heads/{change.branch}")) != state.head:
        raise Refused(
            f"{change.branch} is at {tip[:12] or 'nothing'}, which the run does not know: `harness run {run}` asks you "
            "to adopt it"
        )
    develop = adapters.repo.now
    start = adapters.git.commit(since) if since else _since(site, change, state, entries)
    if not start:
        raise Mistake(f"{since or 'HEAD'} is no commit here; say with --since what the deltas were written against")
    now = living(site.common, develop)
    found = moved(own.deltas, living(site.common, start), now)
    merged = rebased(own.deltas, found, now, adapters.develop, merge)
    if broken := next((name for name in merged.deltas if LOST in own.deltas[name]), ""):
        raise Mistake(f"{change.folder}/specs/{broken}/spec.md is not UTF-8 text; save it as that first")
    return Offer(
        change=change,
        head=state.head,
        since=start,
        branch=adapters.develop,
        develop=develop,
        moved=found,
        deltas={
            f"{change.folder}/specs/{name}/spec.md": (own.deltas[name], text) for name, text in merged.deltas.items()
        },
        conflicts=merged.conflicts,
    )


def commit(site: Site, offered: Offer, *, consent: bool = False) -> str:
    """Put the offer on the change's branch, as the CEO's own commit; Conflict where a driver is at work.

    The harness knows nothing of it: the next run asks the CEO to adopt it, and re-opens the spec's review.
    """
    change = offered.change
    adapters = Adapters(site, change, develop_of(Git(site.common), site.top))
    git, who = adapters.git, adapters.person
    with lease(site.locks, change.run):
        blobs = {path: git.put(text.encode()) for path, (_, text) in offered.deltas.items()}
        tree = git.edit(git.tree(offered.head), {path: ("100644", blob) for path, blob in blobs.items()})
        message = (
            f"docs({change.name}): take over what {adapters.develop} changed\n\n"
            f"The deltas are written against {offered.develop[:12]} now.\n\n{BASE}: {offered.develop}\n"
        )
        new = git.seal(tree, (offered.head,), message, author=who, committer=who, date=int(time.time()))
        if not advance(git, change.branch, new, offered.head, consent=consent):
            raise Refused(f"{change.branch} was moved by somebody else just now; look again")
    return new


def _own(site: Site, change: Change, state: State) -> Peer:
    """The change's deltas: on its branch once it has a run, in the working tree before."""
    if state.finished:
        raise Refused(f"{change.run} is over: {state.finished}")
    own = at_commit(site.common, state.head, change.name, "") if state.head else in_tree(site.top, change.name)
    if not own.deltas:
        place = change.branch if state.head else "the working tree"
        raise Mistake(f"{place} has no delta of {change.name}: there is no {change.folder}/specs/<capability>/spec.md")
    return own


def _since(site: Site, change: Change, state: State, entries: Sequence[Entry]) -> str:
    """What the deltas were written against: what those who decided know of, or where they were committed last."""
    if not state.head:
        return last(site.top, f"{change.folder}/specs")
    answers = {event.key: event.answer for each in entries if isinstance(event := each.event, Answered)}
    return str(state.artifacts.get("spec_base") or answers["base"]["commit"])
