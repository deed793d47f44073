"""The registries of one package manager, as this machine's user has configured them, asked of the program itself."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.egress.host import Host
from harness.errors import Mistake

PROGRAM_SECONDS = 60.0
_KEYS = "ANTHROPIC"
"""How the names of the variables begin that hold the model's key."""
_MOST_OUTPUT = 4 << 20


@dataclass(frozen=True, slots=True)
class Source:
    """Where packages come from, and what the package manager has to be told to find its way from inside."""

    hosts: tuple[Host, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    """Settings for the command. `{certificates}` in a value stands for the file below, as it is seen inside."""
    certificates: bytes = b""
    """The authorities that the user's configuration trusts, as PEM; empty where it names none."""


def program(names: Sequence[str]) -> list[str]:
    """The absolute paths of those of `names` that are on the user's PATH, each once."""
    found = [shutil.which(name) for name in names]
    return list(dict.fromkeys(path for path in found if path and os.path.isabs(path)))


def ask(argv: Sequence[str], env: Mapping[str, str] | None = None) -> str:
    """What a program of this machine prints; Mistake with the end of what it says where it fails.

    It runs in the root directory, so that no file of the target's is taken for its configuration, and gets no key.
    """
    given = os.environ if env is None else env
    env = {name: value for name, value in given.items() if not name.startswith(_KEYS)}
    try:
        done = subprocess.run(
            argv, cwd="/", env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=PROGRAM_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Mistake(f"{os.path.basename(argv[0])} does not answer: {error}") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", errors="replace").strip().splitlines()
        raise Mistake(f"{os.path.basename(argv[0])} does not answer: {said[-1][-300:] if said else done.returncode}")
    return done.stdout[:_MOST_OUTPUT].decode("utf-8", errors="replace")


def pem(path: str) -> bytes:
    """The certificates in a file that a configuration names; Mistake where it can't be read."""
    try:
        with open(path, "rb") as file:
            return file.read(_MOST_OUTPUT)
    except OSError as error:
        raise Mistake(f"the certificates in {path} can't be read: {error.strerror}") from error


def only(hosts: Sequence[Host | None]) -> tuple[Host, ...]:
    """Each host once; where it is named twice, what the user's own configuration says counts."""
    found: dict[tuple[str, int], Host] = {}
    for host in hosts:
        if host is not None and (host.own or (host.name, host.port) not in found):
            found[host.name, host.port] = host
    return tuple(found.values())
