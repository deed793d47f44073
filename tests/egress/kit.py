"""A server on the loopback, the first messages of TLS clients, and talks with a proxy."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from harness.egress.host import Host
from harness.egress.ledger import Caps
from harness.egress.proxy import Proxy

NAME = "packages.test"


def hello(name: str | None = NAME) -> bytes:
    """What a real TLS client says first."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    sent, got = ssl.MemoryBIO(), ssl.MemoryBIO()
    with suppress(ssl.SSLWantReadError):
        context.wrap_bio(got, sent, server_hostname=name).do_handshake()
    return sent.read()


def record(payload: bytes, kind: int = 22) -> bytes:
    return bytes((kind, 3, 1)) + len(payload).to_bytes(2, "big") + payload


def crafted(*extensions: tuple[int, bytes], after: bytes = b"", kind: int = 1) -> bytes:
    """A ClientHello with exactly these extensions, in one record."""
    rows = b"".join(number.to_bytes(2, "big") + len(body).to_bytes(2, "big") + body for number, body in extensions)
    body = b"\x03\x03" + bytes(32) + b"\x00" + b"\x00\x02\x13\x01" + b"\x01\x00" + len(rows).to_bytes(2, "big") + rows
    return record(bytes((kind,)) + len(body + after).to_bytes(3, "big") + body + after)


def named(*names: str, kind: int = 0) -> tuple[int, bytes]:
    """The extension that names servers."""
    rows = b"".join(bytes((kind,)) + len(n.encode()).to_bytes(2, "big") + n.encode() for n in names)
    return 0, len(rows).to_bytes(2, "big") + rows


class Echo:
    """A TCP server on 127.0.0.1 that sends back what it gets, and remembers it."""

    def __init__(self) -> None:
        self.got = bytearray()
        self.connections = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                link, _ = self._server.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(link,), daemon=True).start()

    def _serve(self, link: socket.socket) -> None:
        with link, suppress(OSError):
            while data := link.recv(65536):
                self.got += data
                link.sendall(data)

    def close(self) -> None:
        self._server.close()


@contextmanager
def proxying(
    folder: Path,
    port: int,
    *,
    own: bool = True,
    resolve: Callable[[str, int], list[str]] = lambda name, port: ["127.0.0.1"],
    caps: Caps | None = None,
) -> Iterator[Proxy]:
    """A proxy at `folder`/p that lets through to NAME at `port`."""
    proxy = Proxy(folder / "p", [Host(NAME, port, own)], resolve, caps)
    try:
        yield proxy
    finally:
        proxy.close()


def dial(folder: Path) -> socket.socket:
    """A connection to the proxy."""
    link = socket.socket(socket.AF_UNIX)
    link.settimeout(10)
    link.connect(str(folder / "p"))
    return link


def asked(port: int, name: str = NAME, headers: str = "") -> bytes:
    return f"CONNECT {name}:{port} HTTP/1.1\r\n{headers}\r\n".encode()


def heard(link: socket.socket) -> bytes:
    """Everything until the other side ends."""
    data = b""
    with suppress(ConnectionResetError):
        while part := link.recv(65536):
            data += part
    return data


def answer(folder: Path, request: bytes) -> bytes:
    """What the proxy says to one request."""
    with dial(folder) as link:
        with suppress(OSError):
            link.sendall(request)
        return heard(link)


def status(said: bytes) -> int:
    return int(said.split(b" ", 2)[1])


def joined(folder: Path, port: int, first: bytes, name: str = NAME) -> socket.socket:
    """A connection that the proxy has joined, with the first message sent."""
    link = dial(folder)
    link.sendall(asked(port, name))
    got = b""
    while not got.endswith(b"\r\n\r\n"):
        got += link.recv(4096)
    assert status(got) == 200, got
    link.sendall(first)
    return link


def exactly(link: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count and (part := link.recv(count - len(data))):
        data += part
    return data


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """(certificate, key) that a server for `name` can show; it is its own authority."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-keyout", str(key), "-out", str(cert), "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"],
        check=True, capture_output=True,
    )  # fmt: skip
    return cert, key


@contextmanager
def https(folder: Path, pages: dict[str, tuple[str, bytes]], name: str = NAME) -> Iterator[tuple[int, bytes]]:
    """(port, its certificate as PEM) of a server on the loopback; pages: path -> (content type, body)."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, body = pages.get(self.path, ("", b"nothing here"))
            self.send_response(200 if kind else 404)
            self.send_header("Content-Type", kind or "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return

    with over_tls(folder, name, Handler) as (port, cert):
        yield port, cert.read_bytes()


@contextmanager
def over_tls(folder: Path, name: str, handler: type[BaseHTTPRequestHandler]) -> Iterator[tuple[int, Path]]:
    """(port, its certificate's file) of a server on the loopback that calls itself `name`."""
    cert, key = certificate(folder, name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    # the handshake is the connection's own, so that a client which makes none holds up no other
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1], cert
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
