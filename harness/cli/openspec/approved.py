"""A change that the harness drives is archived onto what the CEO approved it against, or not at all."""

from __future__ import annotations

from harness.changes.archive import NotArchived
from harness.changes.repository import deltas
from harness.changes.root import Root
from harness.flow.approved import stood
from harness.openspec.base import moved, three_ways
from harness.peers import living
from harness.site import site
from harness.workspace.locate import home, locate


def guard(root: Root, name: str) -> None:
    """NotArchived where a requirement that the change touches is not, by now, what it was at the spec's approval."""
    _, common = locate(root.path)
    if not (home(common) / "journal.db").is_file():
        return
    found = site(root.path)
    runs = [found.entries(run) for run in found.store.runs() if run.partition("~")[0] == name]
    base = next((str(facts["develop"]) for entries in reversed(runs) if (facts := stood(entries))), "")
    if not base:
        return
    own = deltas(root, root.changes / name)
    now = {each.capability: each.living for each in own if each.living is not None}
    rows = moved({each.capability: each.text for each in own}, living(common, base), now)
    if rows:
        message = (
            f"The living spec changed since the spec of '{name}' was approved: {', '.join(r.title for r in rows)}."
        )
        lines = [line for row in rows for line in three_ways(row, "the living spec").split("\n")]
        fix = f"Put the words of both into the deltas of '{name}', then archive it."
        raise NotArchived("base_moved", message, fix, (message, *lines, fix, "Aborted. No files were changed."))
