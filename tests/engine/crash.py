"""Crash points, found by running: after every effect on the disk, the point's name is told, and the disk can be copied.

A kill leaves what is on the disk at that instant, so a copy that is made while the driver stands still is what a kill
would have left. The state before an effect is the state after the one before it.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness import app
from harness.adapters import Adapters, person
from harness.config import Config
from harness.domain.change import Change
from harness.engine.drive import drive
from harness.journal.lease import lease
from harness.journal.sqlite import Store
from harness.site import Site, site
from harness.workspace.git import Git
from harness.workspace.repo import GitRepo
from tests import target

WRITES = {"update-ref", "fast-import", "commit-tree", "hash-object", "write-tree", "merge-tree"}
"""Git commands that write objects or refs."""


@dataclass
class Points:
    """Counts effects, names them, and calls `reached(number, name)` after each."""

    reached: Callable[[int, str], None]
    last: str = "start"
    """The last entry of the run's journal, as `type kind stage`, and what git was asked."""
    names: list[str] = field(default_factory=list)
    _lock: Any = field(default_factory=threading.RLock)

    def effect(self, what: str) -> None:
        """Something was written."""
        with self._lock:
            self.names.append(f"{what} after {self.last}")
            self.reached(len(self.names) - 1, self.names[-1])

    def row(self, values: tuple[Any, ...]) -> None:
        """A journal's row was written."""
        run, event = values[0], json.loads(values[3])
        if run == target.CHANGE:
            place = str(event.get("key") or event.get("stage") or event.get("action") or event.get("did") or "")
            parts = [part for part in place.split("/") if not part.isdigit()]
            detail = f"/{parts[-1]}" if event.get("kind") == "git" else ""
            self.last = f"{event['type']} {event.get('kind', '')} {parts[0] if parts else ''}{detail}"
        self.effect(f"row of {'the run' if run == target.CHANGE else run}")


class PointStore(Store):
    """The database; every statement that writes is a point."""

    def __init__(self, path: Path, points: Points) -> None:
        super().__init__(path)
        self._points = points

    def execute(self, sql: str, values: tuple[Any, ...] = ()) -> sqlite3.Cursor:
        cursor = super().execute(sql, values)
        if sql.startswith("insert into entries"):
            self._points.row(values)
        elif not sql.startswith("select"):
            self._points.effect(sql.split(" where")[0])
        return cursor


class PointGit(Git):
    """Git; every command that writes is a point."""

    def __init__(self, common: Path, points: Points) -> None:
        super().__init__(common)
        self._points = points

    def both(
        self, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None, ok: tuple[int, ...] = (0,)
    ) -> tuple[int, bytes]:
        found = super().both(*args, stdin=stdin, env=env, ok=ok)
        if args[0] in WRITES:
            self._points.effect(f"git {args[0]}")
        return found


class PointBench:
    """A bench; every kept piece of evidence is a point."""

    def __init__(self, bench: Any, points: Points) -> None:
        self._bench, self._points = bench, points

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bench, name)

    def keep(self, data: bytes) -> str:
        kept = str(self._bench.keep(data))
        self._points.effect("blob")
        return kept


def run(top: Path, points: Points) -> None:
    """Drive the usual course as the app does, over adapters that tell their effects."""
    plain = site(top)
    plain.store.close()
    place = Site(plain.top, plain.common, plain.home, PointStore(plain.store.path, points))
    change = Change(name=target.CHANGE)
    adapters = Adapters(place, change, "develop")
    adapters.git = PointGit(place.common, points)
    adapters.repo = GitRepo(adapters.git, place.top, change, person(adapters.git, place.top), "develop")

    def bench(config: Config) -> Any:
        return PointBench(adapters.bench(config), points)

    with lease(place.locks, change.run):
        world = app.build(place, change, app.live_model(), target.screen())
        drive(
            replace(
                world,
                repo=adapters.repo,
                workspace=adapters.workspace,
                bench=bench,
                lock=adapters.lock,
                operations=adapters.operations,
            )
        )
    place.store.close()


def main() -> None:
    """As a process of its own: `python -m tests.engine.crash TOP NUMBER` is killed at the point with that number."""
    top, deadly = Path(sys.argv[1]), int(sys.argv[2])

    def reached(number: int, name: str) -> None:
        if number == deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    run(top, Points(reached))


if __name__ == "__main__":
    main()
