"""What is said when a run is over, all of it from the record."""

from __future__ import annotations

from harness.domain.change import Change
from harness.domain.event import Message
from harness.flow.fold import State
from harness.site import Site

Block = tuple[str, list[str]]
"""(heading, lines)"""


def ending(site: Site, change: Change, state: State) -> list[Block]:
    """The blocks to show after a run."""
    blocks: list[Block] = [(f"{change.name}: {state.finished or 'not over'}", _merge(state))]
    if state.completed:
        acts = [f"{act.action} — {act.commit} (msg #{act.message}): {act.state}" for act in state.completed]
        blocks.append(("Confirmed", acts))
    summary = last_summary(site, (state.change or change).run)
    if summary:
        blocks.append(("Session", summary.splitlines()))
    if state.artifacts.get("record"):
        files = [str(path) for path in state.artifacts.get("files", ())]
        blocks.append((f"Record, in commit {state.artifacts['record']}", files))
    blocks.append(("Approvals channel", [str(site.channel().file)]))
    return blocks


def last_summary(site: Site, run: str) -> str:
    """The newest session summary of the run on the channel; '' where there is none."""
    messages = [entry.event for entry in site.journal("repo").read() if isinstance(entry.event, Message)]
    return next((m.text for m in reversed(messages) if m.key.startswith(f"{run}/session/")), "")


def _merge(state: State) -> list[str]:
    merged = str(state.artifacts.get("merged", ""))
    if not merged:
        return ["nothing was merged"]
    where = next((act.ref.removeprefix("refs/heads/") for act in state.completed if act.commit == merged), "")
    return [f"merge commit {merged}{f' on {where}' if where else ''}"]
