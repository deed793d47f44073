"""Results of gates that were measured before, each a file, found by all that it depends on."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

from harness.domain.digest import digest
from harness.domain.gate import GateResult
from harness.gates.waiver import in_force, today
from harness.ports import Bench, Subject

MOST = 500
"""Results that are kept; the oldest go first."""
MOST_BYTES = 1 << 20
"""Bytes of one."""


def basis(gate: str, subject: Subject, bench: Bench, surroundings: str) -> str:
    """Digest of all that the answer of `gate` depends on; `surroundings` is that of everything outside the repository.

    The day counts by the waivers that are in force, so that a result ends with the waiver that it rests on.
    """
    span = (subject.entered, subject.head)
    # gates ask side by side
    changed = bench.once(("changed", *span), lambda: sorted(bench.changed(*span)))
    # every field by its name, so that one that is added counts from its first day
    told = {each.name: getattr(subject, each.name) for each in fields(subject)}
    return digest(
        {
            **told,
            "gate": gate,
            "surroundings": surroundings,
            "change": subject.change.model_dump(mode="json"),
            "config": subject.config.digest,
            "writes": [[_name(path), subject.writes(path)] for path in changed],
            "waivers": [row.model_dump(mode="json") for row in in_force(subject.config.waivers, today())],
        }
    )


class Kept:
    """The folder. What can't be read, was altered or lacks its evidence is as if it were not there."""

    def __init__(self, folder: Path, holds: Callable[[str], bool]) -> None:
        """`holds` says whether evidence is there, by its digest."""
        self._folder, self._holds = folder, holds

    def get(self, key: str, subject: Subject) -> GateResult | None:
        """The result, saying when it was measured; None where there is none of this commit, tree and configuration."""
        with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
            with (self._folder / key).open("rb") as file:
                at, told, sealed = json.loads(file.read(MOST_BYTES + 1))
            result = GateResult.model_validate(told)
            wanted = (subject.head, subject.tree, subject.config.digest)
            if (
                sealed == digest([key, at, told])
                and result.result in ("passed", "failed")
                and (result.commit, result.tree, result.config) == wanted
                and (not result.evidence or self._holds(result.evidence))
            ):
                return result.model_copy(update={"reused": str(at)})
        return None

    def put(self, key: str, result: GateResult) -> None:
        """Keep what passed or failed; what could not run may run the next time. A full disk loses nothing but this."""
        if result.result not in ("passed", "failed") or result.reused:
            return
        at, told = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"), result.model_dump(mode="json")
        part = self._folder / f".{os.getpid()}-{threading.get_ident()}"
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            part.write_text(json.dumps([at, told, digest([key, at, told])]), encoding="utf-8")
            part.replace(self._folder / key)
            self._prune()

    def _prune(self) -> None:
        with os.scandir(self._folder) as entries:
            rows = sorted((entry.stat().st_mtime, entry.path) for entry in entries)
        for _, path in rows[:-MOST]:
            with suppress(FileNotFoundError):
                os.unlink(path)


def _name(path: str) -> str:
    return path.encode(errors="surrogateescape").hex()
