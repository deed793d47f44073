"""A recording reverse proxy between two Unix sockets: the tests' side and the service's side."""

from __future__ import annotations

import http.client
import io
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock, Thread
from typing import BinaryIO

from harness.gates import unix
from harness.gates.exchange import MOST_BODY, Exchange, unpacked
from harness.unix import listen

MOST_EXCHANGES = 20_000
MOST_KEPT = 128 << 20
"""Bytes of bodies that are kept of one recording."""
MOST_FAULTS = 50
MOST_REQUEST = 16 << 20
WORKERS = 16
SECONDS = 60.0
_LINE = 64 << 10
_HOP = (
    "connection", "keep-alive", "proxy-connection", "transfer-encoding", "te", "trailer", "upgrade", "content-length",
    "expect",
)  # fmt: skip
"""Headers that concern one connection only."""


class _Bad(ValueError):
    """A request that can't be forwarded."""


class Proxy:
    """Listens at `at` until closed; forwards each request to the socket `to` and remembers the exchange, as long as
    there are at most `most` bytes of bodies. Headers that begin with `hidden` (lower case) are not forwarded."""

    def __init__(self, at: Path, to: Path, *, most: int = MOST_KEPT, hidden: str = "") -> None:
        self.to = to
        self.hidden = hidden
        self.most = most
        self.dropped = 0
        """Exchanges beyond the first 20,000 or 128 MB, which are not kept."""
        self.faults: dict[str, None] = {}
        """`METHOD path: why` of requests that the service did not answer, each once, 50 at the most."""
        self._kept = 0
        self._lock = Lock()
        self._found: dict[int, Exchange] = {}
        self._started = 0
        self._open = True
        self._server = listen(at)
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="proxy")
        self._thread = Thread(target=self._accept, name="proxy", daemon=True)
        self._thread.start()

    def exchanges(self) -> tuple[Exchange, ...]:
        """What was seen so far, in the order in which the requests arrived."""
        with self._lock:
            return tuple(self._found[number] for number in sorted(self._found))

    def close(self) -> None:
        """Stop listening; requests under way end by themselves or by their time limit."""
        self._open = False
        self._thread.join()
        self._server.close()
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _accept(self) -> None:
        self._server.settimeout(0.1)
        while self._open:
            try:
                link, _ = self._server.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            self._workers.submit(self._serve, link)

    def _serve(self, link: socket.socket) -> None:
        with link, link.makefile("rb") as source:
            link.settimeout(SECONDS)
            try:
                self._one(link, source)
            except (_Bad, ValueError, http.client.HTTPException) as error:
                _reply(link, 400, "Bad Request", (), str(error).encode(errors="replace"))
            except OSError:
                return

    def _one(self, link: socket.socket, source: BinaryIO) -> None:
        line = source.readline(_LINE)
        if not line.strip():
            return
        method, target, headers = _head(line, source)
        values = {name.lower(): value for name, value in headers}
        if values.get("expect", "").lower() == "100-continue":
            link.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = _body(source, values)
        with self._lock:
            number, self._started = self._started, self._started + 1
        kept = tuple((name, value) for name, value in headers if self._forwarded(name.lower()))
        try:
            answer = unix.send(self.to, method, target, kept, body, seconds=SECONDS)
        except unix.FAULTS as error:
            text = f"the service did not answer: {type(error).__name__}: {error}"
            with self._lock:
                if len(self.faults) < MOST_FAULTS:
                    self.faults[f"{method} {target[:300]}: {text}"] = None
            _reply(link, 502, "Bad Gateway", (), text.encode(errors="replace"))
            return
        path, _, query = target.partition("?")
        told, whole = unpacked(answer.header("content-encoding"), answer.body)
        exchange = Exchange(
            method, path, query, kept, values.get("content-type", ""), body[:MOST_BODY],
            answer.status, answer.header("content-type"), told, answer.seconds,
            whole and len(body) <= MOST_BODY, answer.headers,
        )  # fmt: skip
        # Recorded before it is passed on: a test run that has ended has all its exchanges here.
        self._keep(number, exchange)
        _reply(link, answer.status, answer.reason, answer.headers, answer.body, head=method == "HEAD")

    def _forwarded(self, name: str) -> bool:
        return name not in _HOP and not (self.hidden and name.startswith(self.hidden))

    def _keep(self, number: int, exchange: Exchange) -> None:
        with self._lock:
            size = len(exchange.request_body) + len(exchange.response_body)
            if len(self._found) < MOST_EXCHANGES and self._kept + size <= self.most:
                self._found[number] = exchange
                self._kept += size
            else:
                self.dropped += 1


def _head(line: bytes, source: BinaryIO) -> tuple[str, str, list[tuple[str, str]]]:
    parts = line.decode("latin-1").strip().split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise _Bad("not an HTTP/1 request")
    method, target, _ = parts
    if target.startswith("http://"):
        target = "/" + target.split("/", 3)[3] if target.count("/") > 2 else "/"
    if not target.startswith("/"):
        raise _Bad("the target must be a path")
    message = http.client.parse_headers(source)
    return method, target, list(message.items())


def _body(source: BinaryIO, headers: dict[str, str]) -> bytes:
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return _chunks(source)
    length = headers.get("content-length", "0").strip()
    if not length.isdecimal() or len(length) > 12:
        raise _Bad("the Content-Length is no number")
    if int(length) > MOST_REQUEST:
        raise _Bad(f"the body has more than {MOST_REQUEST} bytes")
    body = source.read(int(length))
    if len(body) < int(length):
        raise _Bad("the body is shorter than its Content-Length")
    return body


def _chunks(source: BinaryIO) -> bytes:
    out = io.BytesIO()
    while out.tell() <= MOST_REQUEST:
        size = int(source.readline(_LINE).split(b";")[0].strip() or b"0", 16)
        if size <= 0:
            while source.readline(_LINE).strip():
                pass
            return out.getvalue()
        out.write(source.read(min(size, MOST_REQUEST + 1)))
        source.readline(_LINE)
    raise _Bad(f"the body has more than {MOST_REQUEST} bytes")


def _reply(
    link: socket.socket,
    status: int,
    reason: str,
    headers: tuple[tuple[str, str], ...],
    body: bytes,
    *,
    head: bool = False,
) -> None:
    rows = [f"HTTP/1.1 {status} {reason}"]
    rows += [f"{name}: {value}" for name, value in headers if name.lower() not in _HOP]
    if status >= 200 and status not in (204, 304):
        length = next((value for name, value in headers if name.lower() == "content-length"), "") if head else ""
        rows.append(f"Content-Length: {length or len(body)}")
    rows.append("Connection: close")
    data = ("\r\n".join(rows) + "\r\n\r\n").encode("latin-1", "replace")
    link.sendall(data if head or status in (204, 304) else data + body)
