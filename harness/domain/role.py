"""A role: who works, with which model, tools, paths and budget. Read from roles/*.toml."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from harness.domain.frozen import Frozen
from harness.domain.registry import Registry

Effort = Literal["low", "medium", "high", "xhigh", "max"]


class Role(Frozen):
    """One row of the team. What is not listed here, the role may not do."""

    name: str
    title: str
    email: str
    """The fixed address that the role's commits carry as author."""
    model: str
    effort: Effort = "high"
    max_tokens: int = Field(default=16_000, gt=0, le=128_000)
    """The most tokens that one answer may have."""
    turns: int = Field(default=80, gt=0, le=1000)
    """Model calls per attempt."""
    budget: float = Field(default=10.0, gt=0)
    """US dollars that the role may cost per change."""
    tools: tuple[str, ...]
    write: tuple[str, ...] = ()
    """Globs of the paths that the role may write; `{change}` stands for the change's folder."""
    deny: tuple[str, ...] = ()
    """Globs that are refused although `write` matches."""
    reads: tuple[str, ...] = ()
    """Globs of the secrets that the role may read after all, such as `config/test.pem`. Empty: none."""
    network: tuple[Registry, ...] = ()
    """Package registries that the role's commands may reach, by kind. Empty: no network."""
