"""Paths as they stand in an entry: bytes that are no UTF-8 percent-escaped, since a journal holds text alone."""

from __future__ import annotations

import re

_BYTE = re.compile("[\udc80-\udcff]")
"""Bytes that are no UTF-8, as Python keeps them in a path."""


def recorded(path: str) -> str:
    """`path` as it can be written down, such as `caf%E9.txt`."""
    return _BYTE.sub(lambda found: f"%{ord(found[0]) - 0xDC00:02X}", path)
