"""The agent loop: one role, one conversation, turn by turn, until it submits."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness.domain.event import Asked, Opened, Tried
from harness.domain.role import Role
from harness.domain.secret import scrubbed
from harness.domain.submission import Submission, schema
from harness.engine import human
from harness.engine.calls import SUBMITTED, Calls
from harness.engine.run import Run
from harness.errors import HistoryRefused, Mistake
from harness.flow.conversation import Block, Conversation
from harness.flow.pipeline import Stage
from harness.ports import Fault, Request

REFUSED = "history_refused"
"""In place of a message: why the endpoint does not take the conversation."""
CAP, CAP_VERBS = "the budget is used up; raise the cap or stop", ("approve", "abandon")
MOST_SILENT = 3
"""Turns in a row without a tool call, cut short, or empty, after which the attempt fails."""


class Ended(Exception):
    """The attempt can't go on; the text says why."""


@dataclass(slots=True)
class Talk:
    """One conversation of one attempt."""

    run: Run
    stage: Stage
    role: Role
    key: str
    calls: Calls
    conversation: Conversation
    render: Callable[..., str]
    tip: str
    """The branch's commit, as this attempt left it."""
    turn: int = 0
    tokens: int = 0
    """Tokens of the prompt at the last call, as the endpoint counted them."""
    results: list[Block] | None = None
    """Results of the turn that submitted; they go out with the gates' answer."""

    def submission(self) -> Submission:
        """The role's next accepted submission; Ended when it can't get there."""
        silent = 0
        while True:
            reply = self._ask()
            silent = self._odd(reply, silent)
            if silent:
                continue
            content: list[Block] = reply["content"]
            self.conversation.assistant(content)
            results, submitted = self.calls.run(f"{self.key}/{self.turn}", content)
            if submitted:
                self.results = results
                return submitted
            self.conversation.user(results)

    def tell(self, text: str) -> None:
        """The outcome of the last submission, as the next user turn."""
        blocks = [
            {**block, "content": text, "is_error": True} if block.get("content") == SUBMITTED else block
            for block in self.results or []
        ]
        self.conversation.user(blocks)

    def _odd(self, reply: dict[str, Any], silent: int) -> int:
        """Answers that are no tool calls: how many in a row by now; 0 for a turn whose calls may run."""
        stop, content = reply.get("stop_reason"), reply.get("content") or []
        if stop == "tool_use":
            return 0
        if stop in ("refusal", "model_context_window_exceeded") or silent + 1 > MOST_SILENT:
            raise Ended(f"the model stopped with {stop!r}" + (" again and again" if silent else ""))
        if stop == "pause_turn":
            self.conversation.assistant(content)
            self.conversation.user([{"type": "text", "text": "Go on."}])
        elif stop == "max_tokens":
            self.conversation.amend("Your last answer was cut at the token limit and dropped. Answer in smaller steps.")
        elif stop in ("end_turn", "stop_sequence") and content:
            self.conversation.assistant(content)
            last = silent + 1 == MOST_SILENT
            self.conversation.user([{"type": "text", "text": self.render("nudge", last=last)}])
        elif stop in ("end_turn", "stop_sequence"):
            self.conversation.amend("Please continue.")
        else:
            raise Ended(f"the model stopped with {stop!r}, which this version does not know")
        return silent + 1

    def _ask(self) -> dict[str, Any]:
        if self.turn >= self.role.turns:
            raise Ended(f"the {self.role.name} used all of its {self.role.turns} turns without an accepted submission")
        self.turn += 1
        run, key, talk = self.run, f"{self.key}/{self.turn}", self.conversation
        self._raised(key)
        reserve = None if run.steps.answered(key) else self._reserve(key)

        def fault(found: Fault) -> None:
            what, usage = scrubbed([found.what, found.usage], run.world.secrets)
            tried = Tried(key=key, fault=what, wait=found.wait, usage=usage, billable=found.billable)
            run.steps.append(tried)

        def reply(at: float) -> dict[str, Any]:
            request = Request(key, self.role.model, self.role.max_tokens, talk.head, talk.messages)
            try:
                return run.world.model.reply(request, fault=fault, progress=run.world.progress)
            except HistoryRefused as refused:
                # an answer like any other, so that a replay ends the attempt at the same place; it cost nothing
                return {REFUSED: str(refused), "usage": {"input_tokens": 0, "output_tokens": 0}}

        detail = {"model": self.role.model, "role": self.role.name, "stage": self.stage.id, "reserve": reserve}
        answer: dict[str, Any] = run.steps.once(key, "model", {"request": talk.digest}, reply, detail)
        if REFUSED in answer:
            raise HistoryRefused(answer[REFUSED])
        usage = answer.get("usage") or {}
        counted = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens")
        self.tokens = sum(int(usage.get(name) or 0) for name in counted)
        return answer

    def _raised(self, key: str) -> None:
        """In a replay: the CEO's decisions about the cap before this call, as no price is computed again."""
        steps = self.run.steps
        while isinstance(asked := steps.upcoming(), Asked) and asked.key.startswith(f"{key}/cap/"):
            about, least = asked.detail["about"], asked.detail["least"]
            human.ask(steps, self.run.world, f"{key}/cap", CAP, about, CAP_VERBS, least=least)

    def _reserve(self, key: str) -> float:
        """The dearest that the next call can be; asks the CEO where that would break a cap."""
        run, role = self.run, self.role
        tokens = self.tokens + self.conversation.fresh if self.tokens else self.conversation.size
        worst = run.world.worst(role.model, tokens, role.max_tokens)
        if worst is None:
            raise Mistake(f"the price of {role.model} is not known, so no cap can hold; add it to your prices file")
        while True:
            spend = run.steps.spend
            caps = {
                "the change": (max(run.config.budget.change, spend.cap), spend.used()),
                f"the {role.name}": (max(role.budget, spend.cap), spend.used(role.name)),
            }
            broken = {whose: row for whose, row in caps.items() if row[1] + worst > row[0]}
            if not broken:
                return worst
            least = max(used + worst for _, used in broken.values())
            about = {
                **{f"cap of {whose}": f"{cap:.2f}, {used:.4f} of it used" for whose, (cap, used) in broken.items()},
                "next call at most": round(worst, 4),
            }
            answer = human.ask(run.steps, run.world, f"{key}/cap", CAP, about, CAP_VERBS, least=round(least, 4))
            if answer["verb"] != "approve":
                raise Ended("the CEO did not raise the cap")


def opening(run: Run, stage: Stage, role: Role, key: str, facts: dict[str, Any], render: Callable[..., str]) -> Opened:
    """What the attempt begins with, rendered now."""
    system = render(
        role.name,
        role=role,
        change=run.change,
        documents=run.documents,
        write=[glob.replace("{change}", run.change.folder) for glob in role.write],
        deny=[glob.replace("{change}", run.change.folder) for glob in role.deny],
    )
    tools = [
        {
            "name": tool.name,
            "description": tool.description,
            "input_schema": _schema(run, stage, name),
            "strict": True,
        }
        for name, tool in ((name, run.world.tools[name]) for name in role.tools)
    ]
    return Opened(
        key=key,
        role=role.name,
        model=role.model,
        system=system,
        tools=json.dumps(tools, ensure_ascii=False),
        brief=render(f"brief-{stage.id}", **facts),
        params=json.dumps({"max_tokens": role.max_tokens, "output_config": {"effort": role.effort}}),
        harness=run.world.version,
        config=run.config.digest,
    )


def _schema(run: Run, stage: Stage, tool: str) -> dict[str, Any]:
    """The tool's schema; `submit` takes what the stage hands in."""
    return schema(stage.submits) if tool == "submit" else dict(run.world.tools[tool].schema)


def head(opened: Opened) -> bytes:
    """The fixed part of every request of the conversation, as JSON members."""
    mark = {"type": "ephemeral", "ttl": "1h"}
    system = json.dumps([{"type": "text", "text": opened.system, "cache_control": mark}], ensure_ascii=False)
    effort = json.dumps(json.loads(opened.params)["output_config"])
    return f'"tools":{opened.tools},"system":{system},"output_config":{effort}'.encode()
