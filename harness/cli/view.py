"""What is shown of a run while it is driven: a fold over its entries, drawn as a few lines."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from harness.cli import plain
from harness.cli.progress import cost, priced, stage
from harness.domain.event import Answered, Asked, Denied, Entered, Entry, Event, Opened, Tried
from harness.flow.courses import COURSES, ENDS
from harness.flow.fold import State, apply
from harness.flow.spend import Spend

Line = tuple[str, str]
"""(style, text)"""
_ROUND = re.compile(r"(.*/round-\d+)/")
"""The part of a key that names one submission and what is asked about it."""
GATE_STYLES = {"passed": "green", "failed": "red", "could not run": "yellow"}


@dataclass(slots=True)
class View:
    """Folded in place by `add`; the clock counts from the moment it was made."""

    name: str
    spend: Spend
    clock: Callable[[], float] = time.monotonic
    state: State = field(default_factory=State)
    role: str = ""
    model: str = ""
    turn: int = 0
    doing: str = ""
    """The last tool call, or what became of it."""
    now: str = ""
    """What the driver tells between two entries."""
    gates: dict[str, str] = field(default_factory=dict)
    """gate -> result, of the round under way"""
    _since: float = 0.0
    _round: str = ""
    _asked: float | None = None
    """When the person was asked, while they decide."""
    _decided: float = 0.0
    """Seconds that the person took."""

    def __post_init__(self) -> None:
        self._since = self.clock()

    def add(self, entry: Entry) -> None:
        """Take in one entry."""
        apply(self.state, entry)
        self.spend.add(entry)
        event = entry.event
        self._rounds(event)
        match event:
            case Entered():
                self.role, self.model, self.turn, self.doing = stage(self.state).role, "", 0, ""
                self.gates.clear()
            case Opened():
                self.role, self.model, self.turn = event.role, event.model, 0
            case Asked(kind="model"):
                self.turn += 1
            case Asked(kind="human"):
                self._asked = self.clock()
            case Answered(kind="human"):
                self._decided, self._asked = self._thinking(), None
            case Answered(kind="gate") if isinstance(event.answer, dict) and "gate" in event.answer:
                self.gates[str(event.answer["gate"])] = str(event.answer["result"])
            case Answered(kind="model") | Answered(kind="tool") | Denied() | Tried():
                self.doing = plain.sentence(entry).strip() or self.doing
            case _:
                pass
        self.now = ""

    def _rounds(self, event: Event) -> None:
        """A new submission is measured anew: what the gates said of the last one is over."""
        found = _ROUND.match(event.key) if isinstance(event, Asked | Answered) else None
        if found and found[1] != self._round:
            self._round = found[1]
            self.gates.clear()

    def _thinking(self) -> float:
        """Seconds that the person took so far."""
        return self._decided + (self.clock() - self._asked if self._asked is not None else 0.0)

    def tell(self, text: str) -> None:
        """What happens between two entries."""
        self.now = text

    def lines(self) -> list[Line]:
        """The picture of this moment."""
        passed = int(self.clock() - self._since - self._thinking())
        kind = " (rehearsal)" if self.state.rehearsal else ""
        found: list[Line] = [
            ("bold", f"{self.name}{kind}   {passed // 60}:{passed % 60:02}"),
            ("", self._pipeline()),
        ]
        row = stage(self.state)
        if self.role:
            number = self.state.attempts.get(row.id, 1)
            turn = f", turn {self.turn}" if self.turn else ""
            found.append(("cyan", f"{self.role}{f' on {self.model}' if self.model else ''}, attempt {number}{turn}"))
        found += [("", f"  {text}") for text in (self.doing, self.now) if text]
        found += [
            (GATE_STYLES.get(result, ""), f"  gate {gate}: {result}") for gate, result in tuple(self.gates.items())
        ]
        found.append(("dim", self._money()))
        return found

    def _pipeline(self) -> str:
        """Every step by its number, what is behind marked, the present one by its title."""
        row = stage(self.state)
        table = COURSES[self.state.purpose]
        at = table.index(row)
        parts = []
        for step in dict.fromkeys(each.step for each in table):
            last = max(i for i, each in enumerate(table) if each.step == step)
            if step == row.step and not self.state.finished:
                parts.append(f"[{step} {row.title}]")
            else:
                parts.append(f"{step}✓" if last < at or self.state.finished == ENDS[self.state.purpose] else str(step))
        return " ".join(parts)

    def _money(self) -> str:
        spend = self.spend
        given = sum(count for name, count in tuple(spend.tokens.items()) if name != "output_tokens")
        out = spend.tokens.get("output_tokens", 0)
        recorded = " when it was recorded, nothing now" if self.state.rehearsal else ""
        return f"{given:,} tokens in, {spend.cached:.0%} of them cached, {out:,} out; {priced(cost(spend))}{recorded}"
