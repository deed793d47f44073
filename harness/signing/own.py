"""Which key signs and whose signatures count: the user's own configuration. Nothing in a repository can name either."""

from __future__ import annotations

import os
import stat
import subprocess
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from harness.domain.frozen import Frozen
from harness.domain.misfit import misfits
from harness.errors import Mistake

LITERAL = ("ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-")
"""How a public key begins, where it stands in the place of a file's name."""
OWNER = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM")
"""Git's variables that say where the user's own configuration lies."""
MOST = 64 << 10
"""Bytes of the configuration."""


class Settings(Frozen):
    """signing.toml. Where the file is there, it is all that counts; else git's own SSH settings do."""

    key: str = ""
    """A private key, or the public one whose private part an agent or a device holds; or that key itself."""
    allowed_signers: str = ""
    """Whose signatures count, as ssh-keygen(1) describes it; empty means the key's own alone."""
    program: str = ""
    """What is called in the place of `ssh-keygen`."""
    required: bool = False
    """Whether an unsigned decision counts at no sandbox level."""


@dataclass(frozen=True, slots=True)
class Own:
    """The user's own configuration, with every path absolute."""

    source: str
    """Where it was found, for sentences; '' where nothing is configured."""
    key: str = ""
    """A path, or a public key; '' where decisions are not signed."""
    signers: Path | None = None
    program: str = "ssh-keygen"
    required: bool = False

    @property
    def literal(self) -> bool:
        """Whether `key` is the public key itself."""
        return self.key.startswith(LITERAL)


def place() -> Path:
    """Where the user's file lies."""
    return Path.home() / ".config" / "harness" / "signing.toml"


def own(top: Path | None) -> Own:
    """What the user configured; Mistake where it can't be used, such as a path into the working tree `top`."""
    file = place()
    settings = _read(file)
    if settings is not None:
        return _made(settings, str(file), top)
    said = _git()
    if said.get("gpg.format") != "ssh":
        return Own("")
    key = said.get("user.signingkey", "").removeprefix("key::")
    signers, program = said.get("gpg.ssh.allowedsignersfile", ""), said.get("gpg.ssh.program", "")
    return _made(Settings(key=key, allowed_signers=signers, program=program), "your own git configuration", top)


def required() -> bool:
    """Whether the user's file wants every decision signed."""
    settings = _read(place())
    return settings is not None and settings.required


def _read(file: Path) -> Settings | None:
    try:
        with file.open("rb") as opened:
            if _open_to_all(file):
                raise Mistake(f"everybody may write {file}; `chmod o-w {file}`, and look at what it says")
            text = opened.read(MOST).decode()
        return Settings.model_validate(tomllib.loads(text))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Mistake(f"{file} can't be read: {error}") from error
    except ValidationError as error:
        raise Mistake(misfits(str(file), Settings, error)) from error


def _made(settings: Settings, source: str, top: Path | None) -> Own:
    key = settings.key.removeprefix("key::").strip()
    if key and not key.startswith(LITERAL):
        key = str(_outside(key, "the key", source, top))
    signers = _outside(settings.allowed_signers, "the allowed signers", source, top)
    if signers is not None and _open_to_all(signers):
        raise Mistake(f"everybody may write {signers}; `chmod o-w {signers}`, and look at whom it allows")
    program = settings.program or "ssh-keygen"
    if "/" in program:
        program = str(_outside(program, "the program", source, top))
    return Own(source, key, signers, program, settings.required)


def _outside(name: str, what: str, source: str, top: Path | None) -> Path | None:
    """`name` as an absolute path that no change of the repository can touch; None where it is empty."""
    if not name:
        return None
    path = Path(name).expanduser()
    if not path.is_absolute():
        raise Mistake(f"{source} names {what} as {name!r}; give an absolute path, or one that begins with ~/")
    if top is not None and path.resolve().is_relative_to(top.resolve()):
        raise Mistake(f"{source} names {what} in {path}, which lies in the repository; put it outside, then try again")
    return path


def _open_to_all(file: Path) -> bool:
    """Whether any process of this machine could name its own key there."""
    try:
        return bool(file.stat().st_mode & stat.S_IWOTH)
    except OSError:
        return False


def _git() -> Mapping[str, str]:
    """Git's settings of the user and of the system; those of a repository, or of a command, are left out."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name in OWNER}
    asked = ["git", "config", "--show-scope", "-z", "--includes", "--get-regexp", r"^(gpg\..*|user\.signingkey)$"]
    try:
        done = subprocess.run(asked, cwd="/", env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return {}
    parts = done.stdout.decode(errors="replace").split("\0")
    found = {}
    for scope, row in zip(parts[::2], parts[1::2], strict=False):
        name, _, value = row.partition("\n")
        if scope in ("system", "global"):
            found[name] = value
    return found
