"""The frozen base of every noun that is read from or written to a file."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Frozen(BaseModel):
    """Immutable, and unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


def later(default: Any) -> Any:
    """A field that a later version added. Left out of what is written while it has its default, so that an entry of an
    older version is stored, and so hashed, byte for byte as it was.
    """
    return Field(default=default, exclude_if=lambda value: value == default)
