"""Names, addresses, requests and first messages: what is let through, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.egress.address import forbidden
from harness.egress.hello import MOST, server_name
from harness.egress.host import Host, host_of, plain, without_login
from harness.egress.request import Unfit, target
from tests.egress import kit


@pytest.mark.parametrize("name", ["packages.test", "a", "a-b.c", "xn--bcher-kva.test", "_x.test", "4chan.test"])
def test_host_names(name: str) -> None:
    assert plain(name)


@pytest.mark.parametrize(
    "name",
    [
        "", ".", "a.", "a..b", ".a", "A.test", "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "::1",
        "[::1]", "a b", "a/b", "a@b", "a:1", "a%2eb", "-a.test", "a-.test", "büch.test", "a\nb", "a.test\n", "a\x00b",
        "a" * 64 + ".test", ".".join(["abcdefgh"] * 29), "1.2.3.4.", "a.0x1",
    ],
)  # fmt: skip
def test_no_host_names(name: str) -> None:
    assert not plain(name)


def test_a_host_is_read_off_an_https_address() -> None:
    assert host_of("https://Me:secret@Packages.TEST/simple/") == Host("packages.test")
    assert host_of("https://packages.test:8443/x", own=True) == Host("packages.test", 8443, True)
    for url in ("file:///opt/simple", "http://packages.test/", "https://127.0.0.1/", "https://a.test:99999/", "x"):
        assert host_of(url) is None
    assert without_login("https://me:secret@packages.test/simple") == "https://packages.test/simple"


@pytest.mark.parametrize("text", ["203.0.113.9", "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1"])
def test_public_addresses(text: str) -> None:
    assert forbidden(text, own=False) == ""


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1", "127.255.1.2", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "::1",
        "fc00::1", "fd12::1", "198.18.0.1", "::ffff:127.0.0.1", "::ffff:10.1.2.3", "64:ff9b::10.0.0.1",
        "2002:0a00:0001::1", "::127.0.0.1",
    ],
)  # fmt: skip
def test_private_addresses_need_a_word_of_the_user(text: str) -> None:
    assert "not public" in forbidden(text, own=False)
    assert forbidden(text, own=True) == ""


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0", "169.254.169.254", "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.0.1", "::", "fe80::1",
        "fe80::1%2", "ff02::1", "fec0::1", "::ffff:169.254.169.254", "64:ff9b::169.254.169.254", "2001:0:1::1",
        "64:ff9b:1::1", "2002:a9fe:a9fe::1", "", "packages.test", "127.1",
    ],
)  # fmt: skip
def test_other_addresses_are_never_connected_to(text: str) -> None:
    assert forbidden(text, own=True)
    assert forbidden(text, own=False)


def test_a_request() -> None:
    assert target(b"CONNECT packages.test:443 HTTP/1.1\r\n\r\n") == ("packages.test", 443)
    assert target(b"CONNECT Packages.TEST:8443 HTTP/1.0\r\nHost: packages.test:8443\r\nUser-Agent: a b\r\n\r\n") == (
        "packages.test",
        8443,
    )


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (b"GET https://packages.test/ HTTP/1.1\r\n\r\n", 405),
        (b"POST packages.test:443 HTTP/1.1\r\n\r\n", 405),
        (b"connect packages.test:443 HTTP/1.1\r\n\r\n", 405),
        (b"CONNECT  packages.test:443 HTTP/1.1\r\n\r\n", 405),
        (b"CONNECT packages.test:443\tHTTP/1.1\r\n\r\n", 405),
        (b"CONNECT packages.test:443 HTTP/2\r\n\r\n", 405),
        (b"CONNECT packages.test:443\r\n\r\n", 405),
        (b"CONNECT packages.test HTTP/1.1\r\n\r\n", 400),
        (b"CONNECT packages.test: HTTP/1.1\r\n\r\n", 400),
        (b"CONNECT packages.test:0 HTTP/1.1\r\n\r\n", 400),
        (b"CONNECT packages.test:+443 HTTP/1.1\r\n\r\n", 400),
        (b"CONNECT packages.test:0443 HTTP/1.1\r\n\r\n", 400),
        (b"CONNECT packages.test:70000 HTTP/1.1\r\n\r\n", 400),
        (b"CONNECT packages.test:443:80 HTTP/1.1\r\n\r\n", 400),
        (b"CONNECT me@packages.test:443 HTTP/1.1\r\n\r\n", 400),
        (b"CONNECT packages.test/x:443 HTTP/1.1\r\n\r\n", 400),
        (b"CONNECT packages.test%2e:443 HTTP/1.1\r\n\r\n", 400),
        (b"CONNECT [::1]:443 HTTP/1.1\r\n\r\n", 400),
        (b"CONNECT packages.test.:443 HTTP/1.1\r\n\r\n", 403),
        (b"CONNECT 127.0.0.1:443 HTTP/1.1\r\n\r\n", 403),
        (b"CONNECT 2130706433:443 HTTP/1.1\r\n\r\n", 403),
        (b"CONNECT packages.test:443 HTTP/1.1\r\nHost: other.test\r\n\r\n", 400),
        (b"CONNECT packages.test:443 HTTP/1.1\r\nHost: packages.test\r\nHost: other.test\r\n\r\n", 400),
        (b"CONNECT packages.test:443 HTTP/1.1\r\nContent-Length: 5\r\n\r\n", 400),
        (b"CONNECT packages.test:443 HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n", 400),
        (b"CONNECT packages.test:443 HTTP/1.1\r\nA: b\r\n folded\r\n\r\n", 400),
        (b"CONNECT packages.test:443 HTTP/1.1\r\nA : b\r\n\r\n", 400),
        (b"CONNECT packages.test:443 HTTP/1.1\r\nA: b\nC: d\r\n\r\n", 400),
        (b"CONNECT packages.test:443 HTTP/1.1\nHost: packages.test\r\n\r\n", 405),
        (b"CONNECT packages.test:443 HTTP/1.1\r\nA: \xff\r\n\r\n", 400),
        (b"CONNECT packages.test:443 HTTP/1.1\r\nA: b\x00\r\n\r\n", 400),
        (b"CONNECT packages.test:443 HTTP/1.1\r\nno header\r\n\r\n", 400),
        (b"CONNECT packages.test:443 HTTP/1.1\r\n" + b"A: b\r\n" * 65 + b"\r\n", 431),
        (b"\r\n\r\n", 405),
        (b"\x16\x03\x01\x00\x05hello\r\n\r\n", 405),
    ],
)
def test_requests_that_are_refused(request_: bytes, code: int) -> None:
    with pytest.raises(Unfit) as caught:
        target(request_)
    assert caught.value.status == code


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_refused(data: bytes) -> None:
    try:
        name, port = target(b"CONNECT " + data + b"\r\n\r\n")
    except Unfit:
        return
    assert plain(name)
    assert 0 < port < 65536


def test_the_name_in_a_real_first_message() -> None:
    assert server_name(kit.hello()) == kit.NAME
    assert server_name(kit.hello("Packages.TEST")) == kit.NAME


def test_a_first_message_in_pieces() -> None:
    whole = kit.hello()
    assert [server_name(whole[:size]) for size in range(len(whole))] == [None] * len(whole)
    body = whole[5:]
    for size in (1, 7, 100):
        pieces = [kit.record(body[at : at + size]) for at in range(0, len(body), size)]
        assert server_name(b"".join(pieces)) == kit.NAME


NAMED = kit.named(kit.NAME)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (kit.hello(None), "names no host"),
        (kit.crafted(), "names no host"),
        (kit.crafted(NAMED, (0xFE0D, b"\x00")), "ECH"),
        (kit.crafted((0xFFCE, b""), NAMED), "ECH"),
        (kit.crafted(NAMED, NAMED), "twice"),
        (kit.crafted(kit.named(kit.NAME, "other.test")), "more than one"),
        (kit.crafted(kit.named(kit.NAME, kind=1)), "more than one"),
        (kit.crafted(kit.named("packages.test.")), "names no host"),
        (kit.crafted(kit.named("127.0.0.1")), "names no host"),
        (kit.crafted(kit.named("packages.test\x00.other.test")), "names no host"),
        (kit.crafted(kit.named("")), "names no host"),
        (kit.crafted((0, b"")), "malformed"),
        (kit.crafted((0, b"\x00\x09\x00")), "malformed"),
        (kit.crafted((0, NAMED[1] + b"x")), "more than one"),
        (kit.crafted(NAMED, after=b"x"), "malformed"),
        (kit.crafted(NAMED, kind=2), "ClientHello"),
        (kit.record(kit.crafted(NAMED)[5:] + b"\x01"), "not alone"),
        (kit.record(b"", kind=22), "only TLS"),
        (kit.record(b"x" * 10, kind=23), "only TLS"),
        (b"\x80\x2e\x01\x03\x01", "only TLS"),
        (b"GET / HTTP/1.1\r\n", "only TLS"),
        (b"SSH-2.0-x\r\n", "only TLS"),
        (b"\x16\x02\x00\x00\x05", "only TLS"),
        (b"\x16\x03\x01\x40\x01", "only TLS"),
        (kit.record(b"\x01\xff\xff\xff" + bytes(100)), "ClientHello"),
        (kit.record(b"\x01\x00\x70\x00") + kit.record(b"x") * (MOST // 6), "more than 32 kB"),
    ],
)
def test_first_messages_that_are_refused(data: bytes, word: str) -> None:
    with pytest.raises(Unfit, match=word):
        server_name(data)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_first_message_or_refused(data: bytes) -> None:
    for text in (data, b"\x16\x03\x01" + data, kit.crafted((0, data)), kit.record(b"\x01\x00\x00\x40" + data)):
        try:
            name = server_name(text)
        except Unfit:
            continue
        assert name is None or plain(name)
