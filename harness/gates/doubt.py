"""What one exchange leaves in doubt: what is wrong at sight, and which values a schema has to decide about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.gates.bundle import Api, follow
from harness.gates.judge import Check, Judgement


@dataclass(slots=True)
class Doubt:
    """Of a request or of a response."""

    problems: list[tuple[str, str]] = field(default_factory=list)
    """(kind, text)"""
    checks: list[tuple[str, str, Check]] = field(default_factory=list)
    """(kind, what the value is, check)"""
    unread: bool = False
    """Whether there was a body too large to be judged."""


@dataclass(slots=True)
class Docket:
    """Checks of many exchanges, each kept once, up to a bound; then what was found for each."""

    most: int
    rows: dict[str, tuple[int, Check]] = field(default_factory=dict)
    left: int = 0
    """Checks beyond the bound."""
    verdict: Judgement = field(default_factory=Judgement)

    def add(self, check: Check) -> str:
        """The mark that the check's outcome is found by."""
        mark = f"{check.write} {check.schema} {check.value!r}"
        if mark not in self.rows:
            if len(self.rows) >= self.most:
                self.left += 1
                return ""
            self.rows[mark] = (len(self.rows), check)
        return mark

    @property
    def checks(self) -> list[Check]:
        return [check for _, check in self.rows.values()]

    def texts(self, mark: str) -> tuple[str, ...]:
        """Why the value does not match; () where it does, or nobody judged it."""
        number = self.rows[mark][0] if mark in self.rows else -1
        return self.verdict.mismatches[number] if 0 <= number < len(self.verdict.mismatches) else ()

    def beyond(self, mark: str) -> bool:
        """Whether it mismatches in more than a null or an empty value."""
        number = self.rows[mark][0] if mark in self.rows else -1
        return self.verdict.beyond[number] if 0 <= number < len(self.verdict.beyond) else False


def media(content: Mapping[str, object], kind: str) -> str:
    """The key of `content` that documents the content type `kind`, or ''."""
    plain = bare(kind)
    wanted = (plain, f"{plain.partition('/')[0]}/*", "*/*") if plain else ()
    for want in wanted:
        for key in content:
            if bare(key) == want:
                return key
    return ""


def bare(kind: str) -> str:
    """A content type without its parameters, in lower case."""
    return kind.partition(";")[0].strip().lower()


def schema_of(api: Api, content: Mapping[str, Any], key: str, at: tuple[str, ...]) -> tuple[Any, tuple[str, ...]]:
    """(the schema of one content type, where it stands); (None, ()) where it has none. `at` is where `content` is."""
    row, place = follow(api.value, content.get(key), (*at, key))
    if not isinstance(row, Mapping) or "schema" not in row:
        return None, ()
    return row["schema"], (*place, "schema")
