"""What is said of the sprint wherever somebody decides or looks: what was approved, and whether that still stands."""

from __future__ import annotations

import os

from harness import trust
from harness.cli.when import clock
from harness.domain.digest import digest_bytes
from harness.domain.event import Entered, Entry, Sprint
from harness.errors import HarnessError, Mistake
from harness.flow import sprint
from harness.flow.backlog import PATH, Backlog, read
from harness.flow.fold import fold
from harness.flow.sprint import Proposal
from harness.sandbox.probe import open_sandbox
from harness.site import Site, cache
from harness.workspace.locate import drafts, stored
from harness.workspace.own import own_file


def backlog(site: Site) -> Backlog:
    """The backlog in the working tree; empty where there is none; Mistake where something else lies in its place."""
    data = own_file(site.top, PATH)
    if data is None and os.path.lexists(site.top / PATH):
        raise Mistake(f"{PATH} is no plain file; put one in its place, then try again")
    return read(data or b"")


def proposals(site: Site) -> dict[str, Proposal]:
    """Every change that is proposed in the working tree, under way, or over: name -> its proposal."""
    found = {}
    for name in drafts(site.top):
        text = own_file(site.top, f"openspec/changes/{name}/proposal.md")
        found[name] = Proposal(digest_bytes(text or b""), 0.0, False)
    for run in site.store.runs():
        entries = site.journal(run).read()
        state = fold(entries)
        if state.change is None or state.change.fork:
            continue
        path = f"{state.change.folder}/proposal.md"
        text = stored(site.common, state.head, path) if state.head and not state.finished else None
        mine = found.get(run)
        known = digest_bytes(text) if text is not None else mine.digest if mine else ""
        found[run] = Proposal(known, _again(entries), bool(state.finished))
    return found


def _again(entries: list[Entry]) -> float:
    """When the run went back to its proposal for the last time; 0 where it never did."""
    back = [e.at for e in entries if isinstance(e.event, Entered) and e.event.stage == "proposal"]
    return back[-1] if len(back) > 1 else 0.0


def only(site: Site) -> str:
    """Why only a signed approval stands here, or ''."""
    return trust.signed_only(open_sandbox(cache() or site.home / "cache"))


def doubt(site: Site) -> str:
    """Why the approval on the record does not stand, or ''."""
    found = [e for e in site.journal("repo").read() if isinstance(e.event, Sprint)]
    if not found:
        return ""
    entry, before = found[-1].event, found[-2].hash if len(found) > 1 else ""
    assert isinstance(entry, Sprint)
    return trust.unfounded(site.top, entry, before, lambda: only(site))


def lines(site: Site) -> list[str]:
    """What is to be said; empty where no sprint was ever approved."""
    found = sprint.last(site.journal("repo").read())
    if found is None:
        return []
    at, approved = found
    names = ", ".join(approved.items) or "nothing"
    said = [f"sprint: {names}; approved by {approved.by or 'nobody named'} on {clock(at)}, msg #{approved.message}"]
    why = doubt(site)
    if why:
        return [f"sprint: the approval on the record does not count: {why}; `harness backlog approve` signs one"]
    try:
        changed = sprint.reopened(approved, at, backlog(site), proposals(site))
    except HarnessError as error:
        return [*said, f"sprint: whether that stands can't be told: {error}"]
    if changed:
        said += [f"sprint open again: {line}" for line in changed]
        said.append("  harness backlog approve ITEM… approves the scope as it is now")
    return said
