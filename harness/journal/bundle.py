"""Bundles: a transcript and the evidence that its entries name, in one tar file."""

from __future__ import annotations

import hashlib
import re
import tarfile
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from harness.domain.digest import digest_bytes
from harness.domain.event import Answered, Entry
from harness.errors import Broken
from harness.journal.jsonl import load, parse

TRANSCRIPT, BLOBS = "transcript.jsonl", "blobs/"
_NAME = re.compile(r"[0-9a-f]{64}")
_MAGIC, _MAGIC_AT = b"ustar", 257
_PART = 1 << 20
_MOST = 1 << 30
"""Bytes of the transcript, which is read into memory."""


def evidence(entries: Iterable[Entry]) -> dict[str, int]:
    """blob -> the first entry that names it. Only gates name evidence: what a model says of itself is none."""
    found: dict[str, int] = {}
    for entry in entries:
        event = entry.event
        if isinstance(event, Answered) and event.kind == "gate" and isinstance(event.answer, dict):
            name = event.answer.get("evidence")
            if isinstance(name, str) and _NAME.fullmatch(name):
                found.setdefault(name, entry.seq)
    return found


def pack(file: BinaryIO, lines: Iterable[str], names: dict[str, int], get: Callable[[str], bytes]) -> None:
    """Write the bundle; the same record gives the same bytes. Broken if a blob is missing or is not what it is named.

    `names` is what `evidence` found, `get` the content of a blob.
    """
    with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        _add(tar, TRANSCRIPT, "".join(f"{line}\n" for line in lines).encode())
        for name in sorted(names):
            try:
                data = get(name)
            except OSError as error:
                raise Broken(f"the evidence {name} of entry {names[name]} is missing: {error.strerror}") from error
            if digest_bytes(data) != name:
                raise Broken(f"the evidence {name} of entry {names[name]} was changed after it was written")
            _add(tar, BLOBS + name, data)


def read(path: Path) -> tuple[dict[str, object], list[Entry]]:
    """(head, entries) of a transcript or a bundle, told apart by content; Broken if it does not hold.

    In a bundle, every blob that an entry names has to be there, and to be what it is named.
    """
    head, entries, faults = opened(path)
    for name, why in (faults or {}).items():
        raise Broken(f"{path}: the evidence {name} of entry {evidence(entries)[name]} {why}")
    return head, entries


def opened(path: Path) -> tuple[dict[str, object], list[Entry], dict[str, str] | None]:
    """(head, entries, blob -> what is wrong with it) of a bundle, with None for a plain transcript's blobs.

    Broken where the entries do not hold, or where the file holds what no entry names.
    """
    if not _bundled(path):
        return (*load(path), None)
    try:
        with tarfile.open(path, mode="r:") as tar:
            text = _transcript(tar, path)
            head, entries = parse(text, str(path))
            return head, entries, _faults(tar, evidence(entries), path)
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise Broken(f"the bundle {path} is damaged: {error}") from error


def _bundled(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(_MAGIC_AT + len(_MAGIC))[_MAGIC_AT:] == _MAGIC
    except OSError:
        return False


def _transcript(tar: tarfile.TarFile, path: Path) -> str:
    """The text of the first member, which has to be the transcript."""
    member = tar.next()
    file = tar.extractfile(member) if member is not None and member.isreg() else None
    if member is None or file is None or member.name != TRANSCRIPT or member.size > _MOST:
        raise Broken(f"the bundle {path} does not begin with {TRANSCRIPT}")
    return file.read().decode()


def _faults(tar: tarfile.TarFile, names: dict[str, int], path: Path) -> dict[str, str]:
    """blob -> what is wrong with it, by comparing each with its name. Nothing is unpacked."""
    seen, found = set[str](), dict[str, str]()
    while (member := tar.next()) is not None:
        name = member.name.removeprefix(BLOBS)
        file = tar.extractfile(member) if member.isreg() and member.name.startswith(BLOBS) else None
        if file is None or name not in names:
            raise Broken(f"the bundle {path} holds {member.name!r}, which no entry names")
        if name in seen:
            raise Broken(f"the bundle {path} holds the evidence {name} twice")
        if _digest(file.read) != name:
            found[name] = "was changed after it was written"
        seen.add(name)
    return found | dict.fromkeys((name for name in names if name not in seen), "is missing; the bundle is not whole")


def _digest(part: Callable[[int], bytes]) -> str:
    """SHA-256 of what `part` gives until its end, a megabyte at a time: a report may be large."""
    sha = hashlib.sha256()
    while data := part(_PART):
        sha.update(data)
    return sha.hexdigest()


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    # A new TarInfo has no time, no owner and the mode 0644: nothing of this machine gets in.
    member = tarfile.TarInfo(name)
    member.size = len(data)
    tar.addfile(member, BytesIO(data))
