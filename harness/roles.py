"""Reads roles/*.toml: what ships, and what the target's base commit puts in its place."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path

from pydantic import ValidationError

from harness.domain.misfit import misfits, nearest
from harness.domain.role import Role
from harness.errors import Mistake


def load(shipped: Path, overrides: Mapping[str, str], tools: Collection[str]) -> dict[str, Role]:
    """name -> Role; Mistake names the file and what is wrong with it."""
    texts = {f"roles/{path.name}": path.read_text(encoding="utf-8") for path in sorted(shipped.glob("*.toml"))}
    texts |= {path: text for path, text in overrides.items() if path.startswith("roles/")}
    return {role.name: role for role in (parse(path, text, tools) for path, text in texts.items())}


def parse(path: str, text: str, tools: Collection[str]) -> Role:
    """One role; its name must be its file's name, and its tools must exist."""
    try:
        role = Role.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise Mistake(f"{path} is not TOML: {error}") from error
    except ValidationError as error:
        raise Mistake(misfits(path, Role, error)) from error
    if role.name != Path(path).stem:
        raise Mistake(f"{path}: the name is {role.name!r}, but the file is called {Path(path).name}")
    unknown = [tool for tool in role.tools if tool not in tools]
    if unknown:
        near = nearest(unknown[0], tools)
        meant = f"did you mean {near!r}?" if near else f"there are {', '.join(tools)}"
        raise Mistake(f"{path}: tools names {unknown[0]!r}, which is none; {meant}")
    return role
