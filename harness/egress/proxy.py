"""The proxy on a Unix socket that joins sandboxed clients with the hosts on its list, and with nothing else."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from harness.domain.registry import Reached
from harness.egress.address import Resolve, forbidden
from harness.egress.hello import server_name
from harness.egress.host import Host
from harness.egress.ledger import Caps, Full, Ledger
from harness.egress.request import END, MOST_HEAD, Unfit, target
from harness.egress.tunnel import Tunnel
from harness.unix import listen

_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_UNNAMED = "(no host)"
"""Stands for the host where a client did not get as far as naming one."""
_CONNECT = 10.0
"""Seconds for one address."""
_MOST_ADDRESSES = 4
_REPLY = 2.0
_TICK = 0.2
_JOIN = 5.0


class Proxy:
    """Listens at `path` until closed. A client asks for one of `hosts` by CONNECT and has to speak TLS to that name.

    Each host is resolved once, and connections go to the very address that was checked.
    """

    def __init__(self, path: Path, hosts: Collection[Host], resolve: Resolve, caps: Caps | None = None) -> None:
        self._hosts = {(host.name, host.port): host for host in hosts}
        self._resolve, self._caps = resolve, caps or Caps()
        self._ledger = Ledger(self._caps)
        self._lock, self._resolving = threading.Lock(), threading.Lock()
        self._addresses: dict[str, tuple[list[str], str]] = {}
        self._links: dict[socket.socket, threading.Thread] = {}
        self._open = True
        self._server = listen(path)
        self._thread = threading.Thread(target=self._accept, name="egress", daemon=True)
        self._thread.start()

    def reached(self) -> tuple[Reached, ...]:
        """What was asked of whom so far."""
        return self._ledger.rows()

    def close(self) -> None:
        """Stop listening, and end what is under way."""
        self._open = False
        with suppress(OSError):
            # Wakes the thread that waits for the next connection.
            self._server.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._server.close()
        with self._lock:
            links = dict(self._links)
        for link in links:
            with suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
        deadline = time.monotonic() + _JOIN
        for thread in links.values():
            thread.join(max(0.0, deadline - time.monotonic()))

    def _accept(self) -> None:
        self._server.settimeout(_TICK)
        while self._open:
            try:
                link, _ = self._server.accept()
            except TimeoutError:
                continue
            except OSError:
                if not self._open:
                    return
                # Out of descriptors, say: the client sees that it is not served, and the proxy goes on.
                time.sleep(_TICK)
                continue
            self._take(link)

    def _take(self, link: socket.socket) -> None:
        """Give the connection a thread, where the limits leave room for it."""
        visit = _Visit(link)
        try:
            self._ledger.begin()
            thread = threading.Thread(target=self._serve, args=(visit,), name="egress-link", daemon=True)
            with self._lock:
                self._links[link] = thread
            thread.start()
        except (Full, RuntimeError) as error:
            # RuntimeError: the system gives no more threads.
            visit.why = f"refused: {error}"
            _answer(link, 503, str(error))
            self._over(visit)

    def _over(self, visit: _Visit) -> None:
        with self._lock:
            self._links.pop(visit.link, None)
        visit.link.close()
        self._ledger.end(visit.name, visit.port, visit.why, visit.sent, visit.received)

    def _serve(self, visit: _Visit) -> None:
        try:
            self._visit(visit)
        except Unfit as unfit:
            if unfit.host:
                visit.name, visit.port = unfit.host, unfit.port
            visit.why = f"refused: {unfit}"
            if not visit.joined:
                _answer(visit.link, unfit.status, str(unfit))
        except OSError as error:
            visit.why = f"the connection broke: {error.strerror or error}"
        finally:
            self._over(visit)

    def _visit(self, visit: _Visit) -> None:
        """One connection from its first byte to its last."""
        deadline = time.monotonic() + self._caps.head
        head, rest = _head(visit.link, deadline)
        visit.name, visit.port = target(head)
        host = self._hosts.get((visit.name, visit.port))
        if host is None:
            raise Unfit("it is not a host of the registries that were named", 403, visit.name, visit.port)
        address = self._connect(host)
        with address:
            visit.link.settimeout(max(0.1, deadline - time.monotonic()))
            visit.link.sendall(_ESTABLISHED)
            visit.joined = True
            first = _hello(visit.link, rest, host.name, time.monotonic() + self._caps.head)
            tunnel = Tunnel(visit.link, address, first, self._ledger, self._caps)
            try:
                visit.why = tunnel.run()
            finally:
                visit.sent, visit.received = tunnel.sent, tunnel.received

    def _connect(self, host: Host) -> socket.socket:
        """A connection to an address of `host` that was checked; Unfit where there is none."""
        with self._resolving:
            if host.name not in self._addresses:
                self._addresses[host.name] = self._checked(host)
            addresses, why = self._addresses[host.name]
        if why:
            raise Unfit(why, 403, host.name, host.port)
        for address in addresses[:_MOST_ADDRESSES]:
            with suppress(OSError):
                return socket.create_connection((address, host.port), _CONNECT)
        raise Unfit("it can't be reached from this machine", 502, host.name, host.port)

    def _checked(self, host: Host) -> tuple[list[str], str]:
        """(addresses, why none of them may be used): one bad address among them spoils the name."""
        try:
            addresses = self._resolve(host.name, host.port)
        except OSError:
            addresses = []
        if not addresses:
            return [], "its name can't be resolved on this machine"
        reasons = [reason for address in addresses if (reason := forbidden(address, own=host.own))]
        return addresses, reasons[0] if reasons else ""


class _Visit:
    """What is known of one connection so far."""

    def __init__(self, link: socket.socket) -> None:
        self.link = link
        self.name, self.port = _UNNAMED, 443
        self.joined = False
        """Whether the client was told that it is connected: from then on it hears no words of the proxy."""
        self.why = ""
        self.sent = self.received = 0


def _head(link: socket.socket, deadline: float) -> tuple[bytes, bytes]:
    """(the request with its headers, what came after it)."""
    data = b""
    while END not in data:
        if len(data) > MOST_HEAD:
            raise Unfit("the request is too long", 431)
        data += _receive(link, deadline, MOST_HEAD)
    head, end, rest = data.partition(END)
    if len(head) > MOST_HEAD:
        raise Unfit("the request is too long", 431)
    return head + end, rest


def _hello(link: socket.socket, data: bytes, name: str, deadline: float) -> bytes:
    """What the client says first, once it names the host that it asked for; else Unfit."""
    while (said := server_name(data)) is None:
        data += _receive(link, deadline, MOST_HEAD)
    if said != name:
        raise Unfit(f"TLS was to be spoken with another host ({said})")
    return data


def _receive(link: socket.socket, deadline: float, most: int) -> bytes:
    left = deadline - time.monotonic()
    if left <= 0:
        raise Unfit("the client took too long to say where it wants to go", 408)
    link.settimeout(left)
    try:
        data = link.recv(most)
    except TimeoutError:
        raise Unfit("the client took too long to say where it wants to go", 408) from None
    if not data:
        raise Unfit("the client left before it said where it wants to go", 400)
    return data


def _answer(link: socket.socket, status: int, why: str) -> None:
    """A refusal whose reason package managers show."""
    with suppress(OSError):
        link.settimeout(_REPLY)
        body = f"{why}\n".encode()
        head = f"HTTP/1.1 {status} {why}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n"
        link.sendall(f"{head}Connection: close\r\n\r\n".encode("latin-1", "replace") + body)
        link.shutdown(socket.SHUT_WR)
