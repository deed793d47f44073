"""A host that may be reached, by its exact name and port."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

HTTPS = 443
_NAME = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?\Z", re.ASCII
)
"""A name of DNS in lower case. Its last label begins with a letter, so no spelling of an IP address is one."""


@dataclass(frozen=True, slots=True)
class Host:
    """One host and port."""

    name: str
    port: int = HTTPS
    own: bool = False
    """Whether the user's own configuration names it: then it may lie in a network that is not public."""


def plain(name: str) -> bool:
    """Whether `name` is a host name as it is written on a list: lower case, no trailing dot, no address."""
    return bool(_NAME.match(name))


def host_of(url: str, *, own: bool = False) -> Host | None:
    """The host of an https address; None where it is no such address, as that of a directory is not."""
    try:
        parts = urlsplit(url)
        name, port = (parts.hostname or "").lower(), parts.port or HTTPS
    except ValueError:
        return None
    if parts.scheme != "https" or not plain(name):
        return None
    return Host(name, port, own)


def without_login(url: str) -> str:
    """`url` without the user name and password that it may hold."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
