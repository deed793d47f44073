"""Whether a change is one that the harness drives: then it is archived by its merge, and not in front of it."""

from __future__ import annotations

from harness.changes.root import Root
from harness.errors import Mistake
from harness.flow.fold import State, fold
from harness.journal.sqlite import SqliteJournal, Store
from harness.workspace.locate import home, locate


def refusal(root: Root, name: str, *, specs: bool) -> str:
    """Why the change can't be archived by hand, or ''; `specs`: whether its deltas would be folded in."""
    runs = _runs(root, name)
    if not runs or any(state.finished == "merged" for state in runs.values()):
        return ""
    under_way = [run for run, state in runs.items() if not state.finished]
    if under_way:
        run = under_way[0]
        return (
            f"Change '{name}' is driven by the harness and not merged; its merge folds its deltas in and archives it. "
            f"`harness status {run}` says where it is, and `harness abandon {run}` ends it."
        )
    return (
        f"Change '{name}' was driven by the harness and abandoned, so nothing of it is merged and its deltas describe "
        "nothing that is there. Archive it with --skip-specs."
        if specs
        else ""
    )


def _runs(root: Root, name: str) -> dict[str, State]:
    """run -> state of every run of the change in this repository's journal; none where there is no journal."""
    try:
        _, common = locate(root.path)
    except Mistake:
        return {}
    journal = home(common) / "journal.db"
    if not journal.is_file() or not journal.stat().st_size:
        return {}
    store = Store(journal)
    try:
        names = [run for run in store.runs() if run.partition("~")[0] == name]
        found = {run: fold(SqliteJournal(store, run).read()) for run in names}
    finally:
        store.close()
    return {run: state for run, state in found.items() if state.change and state.purpose == "change"}
