"""Evidence as files by SHA-256, synced before any entry names them."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from harness.domain.digest import digest_bytes


class Blobs:
    """A folder of content-addressed files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, data: bytes) -> str:
        """Store `data` durably; returns its SHA-256 in hex."""
        name = digest_bytes(data)
        place = self._folder / name[:2] / name[2:]
        if place.exists():
            return name
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_suffix(f".{os.getpid()}-{threading.get_ident()}.part")
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(place)
        sync(place.parent)
        return name

    def get(self, name: str) -> bytes:
        """The content named `name`."""
        return (self._folder / name[:2] / name[2:]).read_bytes()

    def holds(self, name: str) -> bool:
        """Whether the content named `name` is there, as it was stored."""
        try:
            return digest_bytes(self.get(name)) == name
        except OSError:
            return False


def sync(folder: Path) -> None:
    """Make the folder's own entries durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
