"""Network: nothing of the machine, and nothing beyond it, is reached."""

from __future__ import annotations

import socket
import threading
import time

from tests.attacks.attack import Arena, Attack, bash, python

_METADATA, _NOWHERE = "169.254.169.254", "192.0.2.1"
"""The address of clouds' metadata services, and one that is kept for documents: nothing is ever there."""


def _arrived(name: str, arena: Arena) -> bool:
    """Whether something came in at the listener `name`; a packet takes a moment."""
    until = time.monotonic() + 0.3
    while time.monotonic() < until:
        if any(line.split(" ")[0] == name for line in arena.got):
            return True
        time.sleep(0.02)
    return False


def _call_in(arena: Arena) -> None:
    """Somebody tries for a while to connect to a port that an agent may open on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as spare:
        port = spare.getsockname()[1]
    arena.ports = {**arena.ports, "served": port}

    def connect() -> None:
        until = time.monotonic() + 4
        while time.monotonic() < until:
            try:
                with socket.create_connection(("127.0.0.1", port), 0.2) as client:
                    client.settimeout(0.5)
                    if client.recv(10) == b"served":
                        return arena.got.append("served")
            except OSError:
                time.sleep(0.05)

    threading.Thread(target=connect, daemon=True).start()


def _route(address: str) -> str:
    return f"""
        import socket
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.connect(("{address}", 80))
            print("a way from", one.getsockname()[0])
        """


def _unrouted(address: str):  # type: ignore[no-untyped-def]
    def able(arena: Arena) -> str:
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
                one.connect((address, 80))
        except OSError:
            return "this machine has no network that it could reach"
        return ""

    return able


ATTACKS = (
    Attack(
        "N01",
        "connect to a service on loopback",
        lambda a: [bash(f"exec 3<>/dev/tcp/127.0.0.1/{a.ports['tcp']} && echo hello >&3")],
        lambda a, said: _arrived("tcp", a),
    ),
    Attack(
        "N02",
        "connect to a service on IPv6 loopback",
        lambda a: [python(f"import socket; socket.create_connection(('::1', {a.ports['tcp6']}), 2).sendall(b'hello')")],
        lambda a, said: _arrived("tcp6", a),
        able=lambda a: "" if "tcp6" in a.ports else "this machine has no IPv6",
    ),
    Attack(
        "N03",
        "connect to a Unix socket by its path",
        lambda a: [
            python(f"""
            import socket
            one = socket.socket(socket.AF_UNIX)
            one.connect("{a.base}/agent.sock")
            one.sendall(b"hello")
            """)
        ],
        lambda a, said: _arrived("path", a),
    ),
    Attack(
        "N04",
        "connect to an abstract Unix socket",
        lambda a: [
            python(f"""
            import socket
            one = socket.socket(socket.AF_UNIX)
            one.connect("\\x00{a.secrets["canary"][:12]}")
            one.sendall(b"hello")
            """)
        ],
        lambda a, said: _arrived("abstract", a),
    ),
    Attack(
        "N05",
        "send a datagram, as a query for a name that holds a secret",
        lambda a: [
            python(f"""
            import socket
            name = b"".join(bytes([len(part)]) + part for part in (b"secret", b"example", b"invalid")) + b"\\0"
            query = b"\\0\\1\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0" + name + b"\\0\\1\\0\\1"
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(query, ("127.0.0.1", {a.ports["udp"]}))
            """)
        ],
        lambda a, said: _arrived("udp", a),
    ),
    Attack(
        "N06",
        "ask the kernel by netlink which ports the machine listens on",
        lambda a: [
            python(f"""
            import socket, struct
            one = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4)
            one.settimeout(2)
            want = struct.pack("=BBBBI", socket.AF_INET, socket.IPPROTO_TCP, 0, 0, 1 << 10) + bytes(48)
            one.send(struct.pack("=IHHII", 16 + len(want), 20, 0x301, 1, 0) + want)
            port = struct.pack(">H", {a.ports["tcp"]})
            for _ in range(20):
                data = one.recv(1 << 16)
                at = 0
                while at + 16 <= len(data):
                    size, kind = struct.unpack_from("=IH", data, at)
                    if kind == 20 and data[at + 20:at + 22] == port:
                        print("the machine listens")
                    if kind == 3:
                        raise SystemExit
                    at += max(size + 3 & ~3, 16)
            """)
        ],
        lambda a, said: "the machine listens" in said,
    ),
    Attack(
        "N07",
        "open a socket to the hypervisor (vsock)",
        lambda a: [
            python("import socket; print('open', socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM).fileno() > 0)")
        ],
        lambda a, said: "open True" in said,
    ),
    Attack(
        "N08",
        "find a way to the cloud's metadata service",
        lambda a: [python(_route(_METADATA))],
        lambda a, said: "a way from" in said,
        able=_unrouted(_METADATA),
    ),
    Attack(
        "N09",
        "find a way out of the machine",
        lambda a: [python(_route(_NOWHERE))],
        lambda a, said: "a way from" in said,
        able=_unrouted(_NOWHERE),
    ),
    Attack(
        "N10",
        "open io_uring, which makes sockets without asking for them",
        lambda a: [
            python("""
            import ctypes
            libc = ctypes.CDLL(None, use_errno=True)
            print("ring", libc.syscall(425, 4, ctypes.create_string_buffer(120)) >= 0)
            """)
        ],
        lambda a, said: "ring True" in said,
    ),
    Attack(
        "N11",
        "serve on a port of the machine",
        lambda a: [
            python(f"""
            import socket
            with socket.create_server(("127.0.0.1", {a.ports["served"]})) as one:
                one.settimeout(1.5)
                client, _ = one.accept()
                client.sendall(b"served")
            """)
        ],
        lambda a, said: "served" in a.got or _arrived("served", a),
        prepare=_call_in,
    ),
)
