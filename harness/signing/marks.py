"""Which keys may sign, as a run keeps it on its record: fingerprints, so that no other key decides in it later."""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct

from harness.domain.digest import digest_bytes
from harness.signing.own import Own
from harness.signing.ssh import Ssh

FILE = "file:"
"""How the mark of a whole file begins, where it names an authority, whose keys nobody can list."""


def marks(own: Own) -> tuple[str, ...]:
    """The fingerprints of all that may sign; empty where nothing is configured."""
    try:
        text = own.signers.read_text(encoding="utf-8") if own.signers else Ssh(own).public()
    except (OSError, UnicodeDecodeError):
        return ()
    found = {mark for line in text.splitlines() for word in line.split() if (mark := _mark(_decoded(word)))}
    if "cert-authority" in text:
        found.add(FILE + digest_bytes(text.encode()))
    return tuple(sorted(found))


def signed_by(signature: str) -> str:
    """The fingerprint of the key that made a signature in armour; '' where it is none."""
    blob = _decoded("".join(line for line in signature.split("\n") if line and not line.startswith("-----")))
    try:
        (length,) = struct.unpack(">I", blob[10:14])
    except struct.error:
        return ""
    return _mark(blob[14 : 14 + length]) if blob.startswith(b"SSHSIG") else ""


def outside(kept: tuple[str, ...], own: Own, signature: str) -> str:
    """Why `signature` is by nobody whom the run began with, in one sentence, or ''; `kept` is what it began with."""
    mark = signed_by(signature)
    if not kept or mark in kept or any(m.startswith(FILE) and m in kept for m in marks(own)):
        return ""
    return f"{mark or 'the key'} was not among those that could sign when this run began, so it decides nothing in it"


def _decoded(word: str) -> bytes:
    try:
        return base64.b64decode(word.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _mark(blob: bytes) -> str:
    """The fingerprint of a public key as it is on the wire, as ssh-keygen says it; '' where it is none."""
    length = int.from_bytes(blob[:4], "big")
    if not 4 < length + 4 < len(blob) or not blob[4 : 4 + length].startswith((b"ssh-", b"ecdsa-", b"sk-")):
        return ""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
