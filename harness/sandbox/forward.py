"""The shell command that starts a relay inside the sandbox."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from harness.errors import Mistake


def forwarding(program: Sequence[str], listen: str, to: str) -> str:
    """A shell command that returns once the relay, started by `program`, listens; Mistake where an end is none."""
    for endpoint in (listen, to):
        kind, _, where = endpoint.partition(":")
        if not (kind == "unix" and where.startswith("/")) and not (kind == "tcp" and where.isdigit()):
            raise Mistake(f"{endpoint!r} is no endpoint: use unix:/sockets/name or tcp:PORT")
    return shlex.join([*program, listen, to])
