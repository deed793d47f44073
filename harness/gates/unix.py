"""HTTP over a Unix socket that lies in a directory which untrusted code may write to."""

from __future__ import annotations

import http.client
import io
import os
import socket
import stat
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST_BODY = 16 << 20
"""Bytes of a response that are read."""
FAULTS = (OSError, http.client.HTTPException, ValueError)
"""What `send` raises."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    seconds: float

    def header(self, name: str) -> str:
        """The first header of that name (lower case), or ''."""
        return next((value for key, value in self.headers if key.lower() == name), "")


class _Source(io.RawIOBase):
    """The reading side of a `_Timed`."""

    def __init__(self, link: _Timed, raw: io.RawIOBase) -> None:
        self._link = link
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._link.rest()
        return self._raw.readinto(buffer) or 0

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Timed:
    """A socket whose requests and answers together have until `end`: a timeout for each read lets a drip go on."""

    def __init__(self, link: socket.socket, end: float) -> None:
        self._link = link
        self._end = end

    def rest(self) -> socket.socket:
        """The socket, with the time that is left as its timeout; TimeoutError where there is none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer was not complete in time")
        self._link.settimeout(left)
        return self._link

    def sendall(self, data: bytes) -> None:
        self.rest().sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        # The socket's own file keeps it open where the response goes on after the connection was closed.
        return io.BufferedReader(_Source(self, self._link.makefile("rb", buffering=0)), 64 << 10)

    def close(self) -> None:
        self._link.close()


def connect(path: Path, seconds: float) -> socket.socket:
    """A connection to the socket at `path`; OSError if it is none.

    The service could put a link in its place, to make the harness talk to a socket of the host: no link is followed.
    """
    if not hasattr(os, "O_PATH"):
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            raise OSError(f"{path.name} is not a socket")
        return _open(str(path), seconds)
    fd = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if not stat.S_ISSOCK(os.fstat(fd).st_mode):
            raise OSError(f"{path.name} is not a socket")
        return _open(f"/proc/self/fd/{fd}", seconds)
    finally:
        os.close(fd)


def _open(name: str, seconds: float) -> socket.socket:
    link = socket.socket(socket.AF_UNIX)
    try:
        link.settimeout(seconds)
        link.connect(name)
    except BaseException:
        link.close()
        raise
    return link


def send(
    path: Path,
    method: str,
    target: str,
    headers: Sequence[tuple[str, str]] = (),
    body: bytes = b"",
    *,
    seconds: float = 30.0,
) -> Answer:
    """One request on a connection of its own, answered in full within `seconds`; raises one of FAULTS."""
    started = time.perf_counter()
    http_link = http.client.HTTPConnection("localhost", timeout=seconds)
    timed: Any = _Timed(connect(path, seconds), time.monotonic() + seconds)
    http_link.sock = timed
    try:
        http_link.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        names = {name.lower() for name, _ in headers}
        for name, value in headers:
            http_link.putheader(name, value)
        if "host" not in names:
            http_link.putheader("Host", "localhost")
        if body or method in ("POST", "PUT", "PATCH"):
            http_link.putheader("Content-Length", str(len(body)))
        http_link.putheader("Connection", "close")
        # A server may answer and close before it has read the whole body; its answer is still there to be read.
        with suppress(BrokenPipeError, ConnectionResetError):
            http_link.endheaders(body or None)
        response = http_link.getresponse()
        data = response.read(MOST_BODY + 1)
        if len(data) > MOST_BODY:
            raise ValueError(f"the response has more than {MOST_BODY} bytes")
        # What is read by pieces may end early without a word of http.client's.
        if response.length:
            raise ValueError(f"the response ended after {len(data)} of its {len(data) + response.length} bytes")
        seconds_taken = time.perf_counter() - started
        return Answer(response.status, response.reason, tuple(response.getheaders()), data, seconds_taken)
    finally:
        http_link.close()
