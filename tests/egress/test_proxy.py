"""The proxy on its socket: who gets through to a real server, and who does not."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from harness.domain.registry import Reached
from harness.egress.host import Host
from harness.egress.ledger import Caps
from harness.egress.proxy import Proxy
from tests.egress import kit
from tests.egress.kit import NAME, Echo, answer, asked, dial, exactly, heard, joined, proxying, status

HELLO = kit.hello()


@pytest.fixture
def echo() -> Iterator[Echo]:
    server = Echo()
    yield server
    server.close()


def settled(proxy: Proxy, seconds: float = 5.0) -> tuple[Reached, ...]:
    """What was reached, once there is something."""
    end = time.monotonic() + seconds
    while not proxy.reached() and time.monotonic() < end:
        time.sleep(0.01)
    return proxy.reached()


def test_bytes_pass_both_ways_and_are_counted(tmp_path: Path, echo: Echo) -> None:
    with proxying(tmp_path, echo.port) as proxy:
        with joined(tmp_path, echo.port, HELLO) as link:
            assert exactly(link, len(HELLO)) == HELLO
            link.sendall(b"ask" * 1000)
            assert exactly(link, 3000) == b"ask" * 1000
            link.shutdown(socket.SHUT_WR)
            assert heard(link) == b""
        (row,) = settled(proxy)
    total = len(HELLO) + 3000
    assert row == Reached(host=NAME, port=echo.port, connections=1, sent=total, received=total)
    assert str(row) == f"{NAME}:{echo.port}, 1 connection, {2 * total / 1000:.1f} kB"


def test_a_first_message_in_single_bytes_passes(tmp_path: Path, echo: Echo) -> None:
    with proxying(tmp_path, echo.port), joined(tmp_path, echo.port, b"", "Packages.TEST") as link:
        for byte in HELLO:
            link.sendall(bytes((byte,)))
        assert exactly(link, len(HELLO)) == HELLO


def test_the_first_message_may_come_with_the_request(tmp_path: Path, echo: Echo) -> None:
    with proxying(tmp_path, echo.port), dial(tmp_path) as link:
        link.sendall(asked(echo.port) + HELLO)
        assert exactly(link, 39).endswith(b"\r\n\r\n")
        assert exactly(link, len(HELLO)) == HELLO


def test_megabytes_pass_a_slow_reader(tmp_path: Path, echo: Echo) -> None:
    data = bytes(range(256)) * 16384
    with proxying(tmp_path, echo.port), joined(tmp_path, echo.port, HELLO) as link:
        sender = threading.Thread(target=link.sendall, args=(data,))
        sender.start()
        time.sleep(0.3)
        assert exactly(link, len(HELLO) + len(data)) == HELLO + data
        sender.join()


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (f"CONNECT other.test:443 HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode(), 400),
        (b"CONNECT other.test:443 HTTP/1.1\r\n\r\n", 403),
        (f"CONNECT {NAME}:443 HTTP/1.1\r\n\r\n".encode(), 403),
        (f"CONNECT {NAME}:22 HTTP/1.1\r\n\r\n".encode(), 403),
        (f"CONNECT www.{NAME}:PORT HTTP/1.1\r\n\r\n".encode(), 403),
        (f"CONNECT {NAME}.:PORT HTTP/1.1\r\n\r\n".encode(), 403),
        (f"CONNECT {NAME}.other.test:PORT HTTP/1.1\r\n\r\n".encode(), 403),
        (f"CONNECT me:pw@{NAME}:PORT HTTP/1.1\r\n\r\n".encode(), 400),
        (b"CONNECT 127.0.0.1:PORT HTTP/1.1\r\n\r\n", 403),
        (b"CONNECT localhost:PORT HTTP/1.1\r\n\r\n", 403),
        (f"GET https://{NAME}:PORT/ HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode(), 405),
        (f"CONNECT {NAME}:PORT HTTP/1.1\r\n".encode() + b"A: b\r\n" * 2000, 431),
        (b"A" * 20000, 431),
    ],
)
def test_a_request_that_is_refused_reaches_nobody(tmp_path: Path, echo: Echo, request_: bytes, code: int) -> None:
    with proxying(tmp_path, echo.port) as proxy:
        assert status(answer(tmp_path, request_.replace(b"PORT", str(echo.port).encode()))) == code
        (row,) = settled(proxy)
    assert row.why.startswith("refused: ")
    assert (echo.connections, row.sent, row.received) == (0, 0, 0)


@pytest.mark.parametrize(
    "first", [kit.hello("other.test"), kit.hello(None), b"GET / HTTP/1.1\r\n\r\n", kit.crafted((0xFE0D, b""))]
)
def test_what_is_not_tls_to_that_host_is_cut_before_a_byte_of_it_arrives(
    tmp_path: Path, echo: Echo, first: bytes
) -> None:
    with proxying(tmp_path, echo.port) as proxy:
        with joined(tmp_path, echo.port, first) as link:
            assert heard(link) == b""
        (row,) = settled(proxy)
    assert row.host == NAME
    assert row.why.startswith("refused: ")
    assert bytes(echo.got) == b""


def test_one_host_at_the_port_that_is_named_for_it(tmp_path: Path, echo: Echo) -> None:
    proxy = Proxy(tmp_path / "p", [Host("a.test", echo.port, True), Host(NAME, 443)], lambda name, port: ["127.0.0.1"])
    try:
        assert status(answer(tmp_path, asked(echo.port))) == 403
        assert status(answer(tmp_path, asked(443, "a.test"))) == 403
    finally:
        proxy.close()
    assert echo.connections == 0


def test_a_private_address_is_refused_unless_the_user_names_the_host(tmp_path: Path, echo: Echo) -> None:
    with proxying(tmp_path, echo.port, own=False) as proxy:
        assert status(answer(tmp_path, asked(echo.port))) == 403
        (row,) = settled(proxy)
    assert "127.0.0.1 is not public" in row.why
    assert echo.connections == 0


@pytest.mark.parametrize("own", [True, False])
def test_one_bad_address_spoils_the_name(tmp_path: Path, echo: Echo, own: bool) -> None:
    bad = "169.254.169.254" if own else "10.0.0.1"
    addresses = ["203.0.113.1", bad] if not own else ["127.0.0.1", bad]
    with proxying(tmp_path, echo.port, own=own, resolve=lambda name, port: addresses):
        assert b"its address" in answer(tmp_path, asked(echo.port))
    assert echo.connections == 0


def test_a_name_is_resolved_once(tmp_path: Path, echo: Echo) -> None:
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    with proxying(tmp_path, echo.port, resolve=lambda name, port: next(answers)):
        for _ in range(3):
            with joined(tmp_path, echo.port, HELLO) as link:
                assert exactly(link, len(HELLO)) == HELLO
    assert next(answers) == ["169.254.169.254"]


def test_a_name_without_an_address(tmp_path: Path) -> None:
    def nothing(name: str, port: int) -> list[str]:
        raise OSError("no such name")

    with proxying(tmp_path, 443, resolve=nothing) as proxy:
        assert b"can't be resolved" in answer(tmp_path, asked(443))
        assert "can't be resolved" in settled(proxy)[0].why


def test_a_server_that_is_not_there(tmp_path: Path, echo: Echo) -> None:
    echo.close()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = int(server.getsockname()[1])
    with proxying(tmp_path, port):
        assert status(answer(tmp_path, asked(port))) == 502


def test_a_slow_request_is_given_up(tmp_path: Path, echo: Echo) -> None:
    with proxying(tmp_path, echo.port, caps=Caps(head=0.3)) as proxy, dial(tmp_path) as link:
        began = time.monotonic()
        for byte in asked(echo.port, headers="A: b\r\n" * 20):
            try:
                link.sendall(bytes((byte,)))
            except OSError:
                break
            time.sleep(0.02)
        assert time.monotonic() - began < 2
        assert "too long" in settled(proxy)[0].why
    assert echo.connections == 0


def test_a_slow_first_message_is_given_up(tmp_path: Path, echo: Echo) -> None:
    with proxying(tmp_path, echo.port, caps=Caps(head=0.3)) as proxy:
        with joined(tmp_path, echo.port, HELLO[:50]) as link:
            assert heard(link) == b""
        assert "too long" in settled(proxy)[0].why
    assert bytes(echo.got) == b""


def test_a_client_that_leaves_at_once(tmp_path: Path, echo: Echo) -> None:
    with proxying(tmp_path, echo.port) as proxy:
        dial(tmp_path).close()
        assert "left before" in settled(proxy)[0].why


def test_what_is_sent_is_capped_over_all_connections(tmp_path: Path, echo: Echo) -> None:
    most = 1 << 20
    with proxying(tmp_path, echo.port, caps=Caps(sent=most)) as proxy:
        for _ in range(3):
            with joined(tmp_path, echo.port, HELLO) as link:
                reader = threading.Thread(target=heard, args=(link,))
                reader.start()
                try:
                    link.sendall(bytes(600_000))
                    link.shutdown(socket.SHUT_WR)
                except OSError:
                    pass
                reader.join(10)
        rows = settled(proxy)
    assert any(row.why == "cut off: more than 1 MB were sent" for row in rows)
    assert len(echo.got) <= most + (256 << 10)


def test_what_is_received_is_capped(tmp_path: Path, echo: Echo) -> None:
    with proxying(tmp_path, echo.port, caps=Caps(received=1 << 20)) as proxy:
        with joined(tmp_path, echo.port, HELLO) as link:
            got = bytearray()
            reader = threading.Thread(target=lambda: got.extend(heard(link)))
            reader.start()
            with suppress(OSError):
                link.sendall(bytes(3 << 20))
            reader.join(10)
        assert "more than 1 MB were received" in settled(proxy)[0].why
    assert len(got) <= 1 << 20


def test_silence_and_time_end_a_connection(tmp_path: Path, echo: Echo) -> None:
    with proxying(tmp_path, echo.port, caps=Caps(idle=0.3)) as proxy:
        with joined(tmp_path, echo.port, HELLO) as link:
            assert heard(link) == HELLO
        assert settled(proxy)[0].why == "cut off: silent for 0.3 s"
    (tmp_path / "p").unlink()
    with proxying(tmp_path, echo.port, caps=Caps(life=0.5)) as proxy:
        with joined(tmp_path, echo.port, HELLO) as link:
            began = time.monotonic()
            try:
                while time.monotonic() - began < 20 and link.send(b"x") and link.recv(65536):
                    time.sleep(0.05)
            except OSError:
                pass
            assert time.monotonic() - began < 10
        assert settled(proxy)[0].why == "cut off after 0.5 s"


def test_connections_are_capped(tmp_path: Path, echo: Echo) -> None:
    with proxying(tmp_path, echo.port, caps=Caps(at_once=2, connections=5)):
        links = [joined(tmp_path, echo.port, HELLO) for _ in range(2)]
        assert b"at once" in answer(tmp_path, asked(echo.port))
        for link in links:
            link.close()
        time.sleep(0.2)
        joined(tmp_path, echo.port, HELLO).close()
        time.sleep(0.1)
        joined(tmp_path, echo.port, HELLO).close()
        assert b"more than 5 connections" in answer(tmp_path, asked(echo.port))


def test_a_flood_of_hosts_does_not_fill_the_record(tmp_path: Path, echo: Echo) -> None:
    with proxying(tmp_path, echo.port) as proxy:
        for number in range(120):
            answer(tmp_path, asked(443, f"h{number}.test"))
        end = time.monotonic() + 5
        rows = proxy.reached()
        # A connection is counted when it is over, which may be after its answer was read.
        while sum(row.connections for row in rows) < 120 and time.monotonic() < end:
            time.sleep(0.01)
            rows = proxy.reached()
    assert len(rows) <= 51
    assert sum(row.connections for row in rows) == 120


def test_closing_ends_what_is_under_way(tmp_path: Path, echo: Echo) -> None:
    before = threading.active_count()
    with proxying(tmp_path, echo.port):
        link, slow = joined(tmp_path, echo.port, HELLO), dial(tmp_path)
        assert exactly(link, len(HELLO)) == HELLO
    assert heard(link) == b""
    assert heard(slow) == b""
    link.close()
    slow.close()
    assert threading.active_count() <= before + 1
    with pytest.raises(OSError):
        dial(tmp_path)
