"""Results of set-up commands in one folder, each named by the digest of what it was made from."""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import ValidationError

from harness.domain.frozen import Frozen
from harness.domain.registry import Reached
from harness.errors import Mistake

KEPT = 12
"""Results that stay, the newest; one that a running harness uses stays in any case."""
MOST_BYTES = 20 << 30
"""Of all results together."""
_FACTS = "facts.json"
_ABANDONED = 24 * 3600
"""Seconds after which what a killed harness left half made is nobody's any more."""
_POLL = 0.2
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Facts(Frozen):
    """What is known of a result; the directories lie beside it, named by their place in `paths`."""

    command: str
    seconds: float
    paths: tuple[str, ...]
    """Where they are seen, relative to the root of the repository."""
    size: int
    """Bytes."""
    reached: tuple[Reached, ...] = ()
    """What of the network the command asked for."""


class Sealed(Frozen):
    """A result in the store; it stays while the harness that took it lives."""

    place: Path
    facts: Facts

    @property
    def directories(self) -> tuple[tuple[str, Path], ...]:
        """(path below the root of the repository, directory that holds it)"""
        return tuple((path, self.place / str(number)) for number, path in enumerate(self.facts.paths))


class Store:
    """The folder. A result is there as a whole or not at all; `remove` deletes what a command filled with anything."""

    def __init__(self, folder: Path, remove: Callable[[Path], None]) -> None:
        self._folder, self._remove = folder, remove
        self._held: dict[str, int] = {}

    def get(self, name: str) -> Sealed | None:
        """The result `name`, held for as long as this process lives; None where there is none."""
        place = self._folder / name
        if name not in self._held:
            fd = _hold(place)
            if fd is None:
                return None
            self._held[name] = fd
        with suppress(OSError, ValidationError):
            facts = Facts.model_validate_json((place / _FACTS).read_bytes())
            os.utime(place)
            return Sealed(place=place, facts=facts)
        os.close(self._held.pop(name))
        return None

    @contextmanager
    def making(self, name: str, seconds: float) -> Iterator[None]:
        """Only one process makes a result at a time: another waits, at most `seconds`, and then finds it made."""
        self._open()
        fd = os.open(self._folder / f"lock-{name[:2]}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + seconds
        try:
            while not _locked(fd):
                if time.monotonic() > deadline:
                    raise Mistake("another run has been setting up for too long: end it, then run again")
                time.sleep(_POLL)
            yield
        finally:
            os.close(fd)

    @contextmanager
    def part(self) -> Iterator[Path]:
        """An empty directory in the folder, removed afterwards unless it was kept."""
        self._open()
        path = self._folder / f"part-{secrets.token_hex(8)}"
        path.mkdir(mode=0o755)
        try:
            yield path
        finally:
            with suppress(FileNotFoundError):
                self._remove(path)

    def keep(self, part: Path, name: str, facts: Facts) -> Sealed:
        """Make the directory `part` the result `name`."""
        (part / _FACTS).write_text(facts.model_dump_json(), encoding="utf-8")
        # The name must not come onto the disk before what it stands for.
        os.sync()
        with suppress(FileNotFoundError):
            self._remove(self._folder / name)
        part.rename(self._folder / name)
        with suppress(OSError):
            # Another process may be sweeping, too.
            self._sweep(name)
        made = self.get(name)
        if made is None:
            raise Mistake(f"the result of the set-up was removed from {self._folder} while it was made: run again")
        return made

    def _open(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)

    def _sweep(self, newest: str) -> None:
        """Remove old results that nobody uses, and what killed processes left half made."""
        rows = [(entry, entry.stat().st_mtime) for entry in self._folder.iterdir() if entry.is_dir()]
        for entry, at in rows:
            if entry.name.startswith("part-") and time.time() - at > _ABANDONED:
                self._drop(entry)
        whole = [row for row in rows if not row[0].name.startswith("part-") and row[0].name != newest]
        size = _size(self._folder / newest)
        for number, (entry, _) in enumerate(sorted(whole, key=lambda row: row[1], reverse=True), 1):
            size += _size(entry)
            if number >= KEPT or size > MOST_BYTES:
                self._drop(entry)

    def _drop(self, place: Path) -> None:
        """Remove a result unless somebody holds it."""
        if place.name in self._held:
            return
        with suppress(OSError):
            fd = os.open(place, _DIRECTORY)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                gone = self._folder / f"part-{secrets.token_hex(8)}"
                place.rename(gone)
                self._remove(gone)
            finally:
                os.close(fd)


def _locked(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _size(place: Path) -> int:
    try:
        return Facts.model_validate_json((place / _FACTS).read_bytes()).size
    except (OSError, ValidationError):
        return 0


def _hold(place: Path) -> int | None:
    """A descriptor with the shared lock of the result; None where there is none, or it is being removed."""
    try:
        fd = os.open(place, _DIRECTORY)
    except OSError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(fd), os.stat(place)):
            return fd
    except OSError:
        pass
    os.close(fd)
    return None
