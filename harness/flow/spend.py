"""What a run has cost: a fold over model questions, tries and answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from harness.domain.event import Answered, Asked, Entry, Tried

Price = Callable[[str, dict[str, Any]], float | None]
"""(model, usage) -> US dollars, None if unknown"""


@dataclass(slots=True)
class Spend:
    """US dollars and tokens, by role. Folded in place."""

    price: Price
    spent: float = 0.0
    possibly: float = 0.0
    """Reservations of tries that gave no whole answer: perhaps billed."""
    unknown: int = 0
    """Calls whose price is not known."""
    calls: int = 0
    by_role: dict[str, float] = field(default_factory=dict)
    perhaps: dict[str, float] = field(default_factory=dict)
    """`possibly`, by role."""
    by_stage: dict[str, float] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)
    cap: float = 0.0
    """What the CEO raised the change's cap to; 0 where never."""
    open: dict[str, Asked] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        """Count one entry."""
        event = entry.event
        if isinstance(event, Asked) and event.kind == "model":
            self.open[event.key] = event
        elif isinstance(event, Tried) and event.billable and event.key in self.open:
            self._perhaps(self.open[event.key])
        elif isinstance(event, Answered) and event.kind == "model":
            asked = self.open.pop(event.key, None)
            if asked:
                self.calls += 1
                self._charge(asked, event.answer.get("usage") or {})
        elif isinstance(event, Answered) and event.kind == "human" and event.answer.get("cap"):
            self.cap = float(event.answer["cap"])

    def used(self, role: str = "") -> float:
        """What a cap counts, spent and possibly spent: of one role, or of all."""
        if not role:
            return self.spent + self.possibly
        return self.by_role.get(role, 0.0) + self.perhaps.get(role, 0.0)

    def _perhaps(self, asked: Asked) -> None:
        reserve, role = float(asked.detail.get("reserve") or 0), str(asked.detail.get("role"))
        self.possibly += reserve
        self.perhaps[role] = self.perhaps.get(role, 0.0) + reserve

    def _charge(self, asked: Asked, usage: dict[str, Any]) -> None:
        detail = asked.detail
        if not usage:
            return self._perhaps(asked)
        for name in ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"):
            self.tokens[name] = self.tokens.get(name, 0) + int(usage.get(name) or 0)
        cost = self.price(str(detail.get("model")), usage)
        if cost is None:
            self.unknown += 1
            return
        self.spent += cost
        for table, name in ((self.by_role, "role"), (self.by_stage, "stage")):
            table[str(detail.get(name))] = table.get(str(detail.get(name)), 0.0) + cost

    @property
    def cached(self) -> float:
        """The share of input tokens that were read from the cache, 0 to 1."""
        read = self.tokens.get("cache_read_input_tokens", 0)
        every = read + self.tokens.get("input_tokens", 0) + self.tokens.get("cache_creation_input_tokens", 0)
        return read / every if every else 0.0
