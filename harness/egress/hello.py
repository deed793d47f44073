"""The first message of a TLS client: the name of the server that it wants to talk to."""

from __future__ import annotations

from harness.egress.host import plain
from harness.egress.request import Unfit

MOST = 32 << 10
"""Bytes of a ClientHello with its records; real ones have 2 kB at most."""
_HANDSHAKE, _CLIENT_HELLO, _HOST_NAME = 22, 1, 0
_SERVER_NAME, _HIDDEN = 0, (0xFE0D, 0xFFCE)
"""Extensions: the server's name, and those that carry another one in cipher (ECH, and the draft before it)."""
_MOST_RECORD = 1 << 14


class _Short(Exception):
    """There is not enough of it yet."""


class _Reader:
    """Takes numbers and pieces from the front of `data`."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, count: int) -> bytes:
        if self._at + count > len(self._data):
            raise _Short
        self._at += count
        return self._data[self._at - count : self._at]

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width), "big")

    def piece(self, width: int) -> bytes:
        """Bytes after their own length of `width` bytes."""
        return self.take(self.number(width))

    @property
    def left(self) -> int:
        return len(self._data) - self._at


def server_name(data: bytes) -> str | None:
    """The name in the ClientHello that `data` begins with; None while it is not whole; Unfit where it is no such."""
    message = _message(data)
    if message is None:
        if len(data) >= MOST:
            raise Unfit(f"the first message of TLS has more than {MOST >> 10} kB")
        return None
    try:
        name = _named(_extensions(message))
    except _Short:
        raise Unfit("the first message of TLS is malformed") from None
    if not plain(name):
        raise Unfit("the first message of TLS names no host")
    return name


def _message(data: bytes) -> bytes | None:
    """The ClientHello without its header, put together from its records; None while it is not whole."""
    reader, found = _Reader(data), b""
    try:
        while True:
            if len(found) >= 4:
                length = int.from_bytes(found[1:4], "big")
                if found[0] != _CLIENT_HELLO or length > MOST:
                    raise Unfit("the connection does not begin with a ClientHello")
                if len(found) > 4 + length:
                    raise Unfit("the first message of TLS is not alone")
                if len(found) == 4 + length:
                    return found[4:]
            if reader.number(1) != _HANDSHAKE or reader.number(1) != 3:
                raise Unfit("only TLS is let through")
            reader.take(1)
            record = reader.number(2)
            if not 0 < record <= _MOST_RECORD:
                raise Unfit("only TLS is let through")
            found += reader.take(record)
    except _Short:
        return None


def _extensions(message: bytes) -> dict[int, bytes]:
    """kind -> content of the extensions of a ClientHello."""
    reader = _Reader(message)
    reader.take(2 + 32)
    for width in (1, 2, 1):
        reader.piece(width)
    rows = _Reader(reader.piece(2))
    if reader.left:
        raise Unfit("the first message of TLS is malformed")
    found: dict[int, bytes] = {}
    while rows.left:
        kind = rows.number(2)
        if kind in found:
            raise Unfit("the first message of TLS says something twice")
        found[kind] = rows.piece(2)
    return found


def _named(extensions: dict[int, bytes]) -> str:
    if any(kind in extensions for kind in _HIDDEN):
        raise Unfit("the first message of TLS hides a name (ECH)")
    if _SERVER_NAME not in extensions:
        raise Unfit("the first message of TLS names no host")
    reader = _Reader(extensions[_SERVER_NAME])
    rows = _Reader(reader.piece(2))
    kind, name = rows.number(1), rows.piece(2)
    if reader.left or rows.left or kind != _HOST_NAME:
        raise Unfit("the first message of TLS names more than one host")
    return name.decode("latin-1").lower()
