"""The request line and headers of a CONNECT, read strictly: what two readers could take in two ways is refused."""

from __future__ import annotations

import re

from harness.egress.host import plain

MOST_HEAD = 8 << 10
"""Bytes of a request with its headers."""
MOST_HEADERS = 64
END = b"\r\n\r\n"
_LINE = re.compile(rb"CONNECT ([!-~]{1,300}) HTTP/1\.[01]")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}):[ \t]*([\t -~]*)")
_TARGET = re.compile(r"([^:@/?#\[\]%\\]+):([1-9][0-9]{0,4})")
_BODY = frozenset({b"content-length", b"transfer-encoding"})


class Unfit(Exception):
    """What a client sent is not to be passed on; the message says why."""

    def __init__(self, why: str, status: int = 403, host: str = "", port: int = 443) -> None:
        super().__init__(why)
        self.status = status
        self.host = host
        self.port = port


def target(head: bytes) -> tuple[str, int]:
    """(host in lower case, port) that the request asks for; Unfit where it is not a plain CONNECT."""
    first, *lines = head.removesuffix(END).split(b"\r\n")
    match = _LINE.fullmatch(first)
    if match is None:
        raise Unfit("only CONNECT is understood: use https", 405)
    name, port = _place(match[1].decode("ascii"))
    if len(lines) > MOST_HEADERS:
        raise Unfit("the request has too many headers", 431)
    for line in lines:
        header = _HEADER.fullmatch(line)
        if header is None:
            raise Unfit("a header of the request is malformed", 400, name, port)
        key, value = header[1].lower(), header[2].strip(b" \t").decode("ascii").lower()
        if key in _BODY:
            raise Unfit("a CONNECT has no body", 400, name, port)
        if key == b"host" and value not in (name, f"{name}:{port}"):
            raise Unfit("the Host header names another host", 400, name, port)
    return name, port


def _place(text: str) -> tuple[str, int]:
    match = _TARGET.fullmatch(text)
    if match is None or int(match[2]) > 65535:
        raise Unfit("the request names no host and port", 400)
    name, port = match[1].lower(), int(match[2])
    if not plain(name):
        raise Unfit("the request names no host: addresses and odd names are refused", 403)
    return name, port
