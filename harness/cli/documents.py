"""Which documents of a change are not done yet, by what they say."""

from __future__ import annotations

from typing import Any

from harness.domain.change import Change
from harness.errors import Mistake
from harness.flow.fold import State
from harness.openspec.documents import lacking
from harness.peers import depending
from harness.site import Site
from harness.workspace.locate import stored, stored_below
from harness.workspace.own import own_file


def lacks(site: Site, state: State) -> list[str]:
    """What is not done of a change that is under way, on its branch, each in a sentence; of any other run nothing."""
    if state.finished or state.purpose != "change" or state.change is None or not state.head:
        return []
    folder = state.change.folder
    start = f"{folder}/specs/"
    names = [path.removeprefix(start) for path in stored_below(site.common, state.head, f"{folder}/specs")]
    deltas = [name.removesuffix("/spec.md") for name in names if name.endswith("/spec.md")]
    texts = [_text(stored(site.common, state.head, f"{folder}/{name}")) for name in ("proposal.md", "tasks.md")]
    return [lack.text for lack in lacking(texts[0], texts[1], deltas)]


def draft(site: Site, name: str) -> dict[str, Any]:
    """A proposal that was not run yet, as `harness status` says it of every change: it waits for you."""
    path = f"{Change(name=name).folder}/proposal.md"
    try:
        text, wrong = _text(own_file(site.top, path)), []
    except Mistake as error:
        text, wrong = None, [str(error)]
    # what the team writes is not expected yet
    said = wrong or [lack.text for lack in lacking(text, None, ()) if lack.rule == "openspec-proposal"]
    return {
        "change": name,
        "phase": "design",
        "percent": 0,
        "waits_for": "you",
        "what": said[0] if said else f"harness run {name}",
        "since": (site.top / path).lstat().st_mtime,
        "cost": {"spent": 0.0, "possibly_spent": 0.0, "unknown_calls": 0},
        "lacks": said,
        "depends": depending(site, name, ""),
    }


def _text(data: bytes | None) -> str | None:
    return data.decode("utf-8", errors="replace") if data is not None else None
