"""A scripted team that does its usual work, and tries every attack in the course of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests import target
from tests.attacks.attack import TRIED, Arena, Attack, Call

_ROLES = {
    "specify": "architect",
    "review the specification": "spec-reviewer",
    "implement": "developer",
    "test": "qa",
    "review": "reviewer",
}
_UNANSWERED = re.compile(r"^- architecture: '(.+)' is not answered$", re.M)
_TASK = re.compile(r"# Task: (specify|review the specification|implement|test|review)\b")


@dataclass
class Turn:
    """What a role says at once, and the attacks that it carries."""

    calls: Callable[[], list[Call]]
    attacks: list[Attack] = field(default_factory=list)


@dataclass
class Tried:
    """What the tools said to an attack, and whether it really ran."""

    said: str
    ran: bool


def usual(role: str) -> tuple[list[Turn], list[Turn]]:
    """(turns before the attacks, turns after them) of a role."""
    if role == "architect":
        *first, last = target.design()
        return [_turn(calls) for calls in first], [_turn(last)]
    if role == "spec-reviewer":
        return [], [_turn([target.verdict(kind="spec")])]
    if role == "developer":
        first, last = target.implement()
        return [_turn(first)], [_turn(last)]
    if role == "qa":
        test = target.call("create", path="tests/test_more.py", file_text="def test_more() -> None:\n    assert True\n")
        return [_turn([test])], [_turn([target.signoff()])]
    return [], [_turn([target.verdict(kind="code", cite="CHANGELOG.md:1")])]


def _turn(calls: list[Call]) -> Turn:
    return Turn(lambda: calls)


class Crew:
    """Answers requests by role and turn. `judge` is told of every attack when what its tools said has come back."""

    def __init__(
        self,
        arena: Arena,
        attacks: tuple[Attack, ...],
        begin: Callable[[Attack], None],
        judge: Callable[[Attack, Tried], None],
    ) -> None:
        self._arena, self._begin, self._judge = arena, begin, judge
        self._turns: dict[str, list[Turn]] = {}
        self._briefs: dict[str, list[str]] = {}
        self._open: dict[str, Turn] = {}
        self._last: list[Call] = []
        for role in _ROLES.values():
            before, after = usual(role)
            self._turns[role] = [*before, *self._carrying([a for a in attacks if a.role == role]), *after]

    def _carrying(self, attacks: list[Attack]) -> list[Turn]:
        """One turn for each attack; those that do the same share one."""
        turns: dict[int, Turn] = {}
        for attack in sorted(attacks, key=lambda attack: attack.last):
            turn = turns.setdefault(id(attack.calls), Turn(lambda attack=attack: attack.calls(self._arena)))  # type: ignore[misc]
            turn.attacks.append(attack)
        return list(turns.values())

    def __call__(self, request: dict[str, Any], number: int) -> list[Call]:
        """The next turn of whoever is asked."""
        brief = request["messages"][0]["content"][0]["text"]
        self._arena.seen += [json.dumps(request, ensure_ascii=False), brief]
        task = _TASK.match(brief)
        assert task, brief[:200]
        role = _ROLES[task[1]]
        self.settle(request["messages"][-1]["content"])
        briefs = self._briefs.setdefault(role, [])
        if brief not in briefs:
            briefs.append(brief)
        unanswered = _UNANSWERED.findall(_text(request["messages"][-1]))
        if unanswered:
            return [_accepting(self._last[-1], unanswered)]
        if briefs.index(brief):
            self._last = self._again(role, request)
            return self._last
        if not self._turns[role]:
            raise LookupError(f"the {role} has nothing left to say to: {_text(request['messages'][-1])[-2000:]}")
        turn = self._turns[role].pop(0)
        for attack in turn.attacks:
            self._begin(attack)
        self._open = {"": turn}
        self._last = turn.calls()
        return self._last

    def settle(self, blocks: list[dict[str, Any]]) -> None:
        """The attacks of the last turn, judged by what came back."""
        turn = self._open.pop("", None)
        if turn is None:
            return
        results = [str(block.get("content")) for block in blocks if block.get("type") == "tool_result"]
        said = "\n".join(results)
        commands = any(call["name"] == "bash" for call in turn.calls()) if turn.attacks else False
        for attack in turn.attacks:
            self._judge(attack, Tried(said, TRIED in said if commands else True))

    def _again(self, role: str, request: dict[str, Any]) -> list[Call]:
        """A later attempt of a role: only what is needed to go on."""
        done = sum(message["role"] == "assistant" for message in request["messages"])
        if role == "developer" and done == 0:
            return [target.call("insert", path="CHANGELOG.md", insert_line=3, insert_text="- By name.\n")]
        if role == "developer":
            return [target.delivery("docs(changelog): name the name")]
        return [*usual(role)[1][-1].calls()]


def _accepting(submit: Call, items: list[str]) -> Call:
    """The verdict again, with each listed item of the architecture accepted: attacks leave protected files behind."""
    given = {**submit["input"], "architecture": [{"item": item, "accepted": True, "why": "seen"} for item in items]}
    return {**submit, "id": f"{submit['id']}again", "input": given}


def _text(message: dict[str, Any]) -> str:
    return "\n".join(str(block.get("text") or block.get("content") or "") for block in message["content"])
