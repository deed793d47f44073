"""The tool calls of one turn: permission first, then the world, in the order in which they were made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from harness.domain.event import Denied
from harness.domain.permission import may_call
from harness.domain.role import Role
from harness.domain.secret import marked, redacted
from harness.domain.shape import wrong
from harness.domain.submission import SUBMISSIONS, Handed
from harness.engine import human
from harness.engine.run import Run
from harness.errors import Mistake
from harness.flow.conversation import Block
from harness.flow.pipeline import Stage
from harness.ports import Workspace

Objection = Callable[[Handed], list[str]]
"""What is wrong with a submission; empty if it is accepted."""
REDACTED = (
    "refused: the text holds a mark such as [redacted …]; it stands for a secret that you were not shown, and writing "
    "it would put the mark in the secret's place"
)
SUBMITTED = "handed in; the gates measure it now"


@dataclass(slots=True)
class Calls:
    """Runs the calls of one attempt in its private directory."""

    run_: Run
    stage: Stage
    role: Role
    open: Callable[[str], Workspace]
    """Opens the attempt's directory at a snapshot."""
    snapshot: str
    """The last recorded snapshot."""
    objections: Objection
    _space: list[Workspace] = field(default_factory=list)

    def run(self, key: str, content: list[Block]) -> tuple[list[Block], Handed | None]:
        """(results, the accepted submission if there was one); nothing runs after a submission."""
        results: list[Block] = []
        submitted: Handed | None = None
        for number, block in enumerate(b for b in content if b.get("type") == "tool_use"):
            if submitted:
                results.append(_result(block, "not run: it came after the submission", error=True))
                continue
            text, error, submitted = self._one(f"{key}/{number}", str(block["name"]), block.get("input") or {})
            results.append(_result(block, text, error=error))
        return results, submitted

    def close(self) -> None:
        """Remove the private directory."""
        for space in self._space:
            close: Callable[[], None] | None = getattr(space, "close", None)
            if close:
                close()
        self._space.clear()

    def _one(self, key: str, name: str, given: Any) -> tuple[str, bool, Handed | None]:
        refused = may_call(self.role, name)
        if refused:
            self.run_.steps.ensure(Denied(key=key, role=self.role.name, reason=refused))
            return refused, True, None
        effect = self.run_.world.tools[name].effect
        if effect == "submit":
            return self._submit(key, given)
        if effect == "ask":
            about = {"question": str(given.get("question", ""))[:4000], "role": self.role.name}
            answer = human.ask(
                self.run_.steps,
                self.run_.world,
                key,
                f"the {self.role.name} asks: {' '.join(about['question'].split())[:300]}",
                about,
                ("answer", "abandon"),
            )
            return f"The CEO answers: {answer['comment']}", False, None
        answer = self.run_.steps.once(key, "tool", {"tool": name, "input": given}, lambda at: self._tool(name, given))
        self.snapshot = answer.get("snapshot", self.snapshot)
        return str(answer["text"]), bool(answer.get("error")), None

    def _tool(self, name: str, given: Any) -> dict[str, Any]:
        tool = self.run_.world.tools[name]
        misfit = wrong(tool.schema, given)
        if misfit or tool.run is None:
            return {"text": misfit or f"{name} can't be called", "error": True}
        if tool.effect == "write" and any(isinstance(value, str) and marked(value) for value in given.values()):
            return {"text": REDACTED, "error": True}
        if not self._space:
            self._space.append(self.open(self.snapshot))
        space = self._space[0]
        try:
            result = tool.run(given, space)
        except Mistake as error:
            return {"text": redacted(str(error), self.run_.world.secrets), "error": True}
        answer: dict[str, Any] = {"text": redacted(result.text, self.run_.world.secrets)}
        if result.code:
            answer["code"] = result.code
        if tool.effect == "write":
            answer["snapshot"] = space.snapshot()
        return answer

    def _submit(self, key: str, given: Any) -> tuple[str, bool, Handed | None]:
        """Check the submission's shape and content; what is wrong goes back to the role."""
        try:
            submission = SUBMISSIONS[self.stage.submits].model_validate(given)
        except ValidationError as error:
            submission, wrong = None, [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:10]]

        def judge(at: float) -> dict[str, Any]:
            found = wrong if submission is None else self.objections(submission)
            if not found:
                return {"text": SUBMITTED}
            return {"text": "Not accepted:\n" + "\n".join(f"- {line}" for line in found), "error": True}

        answer = self.run_.steps.once(key, "tool", {"tool": "submit", "input": given}, judge)
        error_ = bool(answer.get("error"))
        return str(answer["text"]), error_, None if error_ else submission


def _result(block: Block, text: str, *, error: bool) -> Block:
    result: Block = {"type": "tool_result", "tool_use_id": block["id"], "content": text or "(no output)"}
    return {**result, "is_error": True} if error else result
