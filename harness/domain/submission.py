"""What a role hands in: one structured call of the `submit` tool, by the kind of its stage."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from harness.domain.frozen import Frozen


class Correction(Frozen):
    """What a reviewer wants changed, where."""

    path: str = Field(description="The file, relative to the repository root; empty if it concerns no single file")
    line: int = Field(description="1-based line, or 0")
    problem: str = Field(description="What is wrong")
    change: str = Field(description="What to do about it")


class Criterion(Frozen):
    """One answered criterion of a review."""

    criterion: str = Field(description="The criterion's id, exactly as listed in the task")
    answer: Literal["met", "not met", "not applicable"]
    why: str = Field(description="One or two sentences")
    evidence: tuple[str, ...] = Field(
        description="What the answer rests on, each as `path:line` or `METHOD /path` of an operation; "
        "at least one unless not applicable"
    )


class Accepted(Frozen):
    """One item of the architecture list, answered by name."""

    item: str = Field(description="The item, exactly as listed in the task")
    accepted: bool
    why: str


class Delivery(Frozen):
    """Work is done: what is in the working directory becomes one commit."""

    message: str = Field(
        description="The commit message: conventional (feat|fix|docs|test|chore|refactor|perf), imperative, "
        "header under 72 characters; then a blank line and a body that says why"
    )
    summary: str = Field(description="What was done, in two to five sentences")
    spec_problem: str = Field(
        description="Empty, or why the approved spec cannot be met as it stands; the change then goes back to design"
    )


class SignOff(Frozen):
    """QA's own verdict, apart from the gates, with the tests it wrote as one commit."""

    message: str = Field(
        description="The commit message for the tests (type test), as for any commit; empty if you changed no file"
    )
    decision: Literal["sign-off", "return"]
    to: str = Field(description="Where a return goes, one of the stages named in the task; empty on sign-off")
    summary: str = Field(description="What was tested, and what was found, in two to five sentences")
    corrections: tuple[Correction, ...] = Field(description="At least one on a return; empty on sign-off")
    spec_problem: str = Field(description="Empty, or why the approved spec itself is wrong")


class Verdict(Frozen):
    """A reviewer's decision, criterion by criterion."""

    decision: Literal["approve", "return"]
    to: str = Field(description="Where a return goes, one of the stages named in the task; empty on approve")
    summary: str = Field(description="The decision in two to five sentences")
    criteria: tuple[Criterion, ...]
    corrections: tuple[Correction, ...] = Field(description="At least one on a return; empty on approve")
    architecture: tuple[Accepted, ...] = Field(description="One answer for each listed item; empty if none is listed")


class Point(Frozen):
    """Something that was said or decided in a meeting."""

    text: str = Field(description="One or two sentences")
    turn: int = Field(description="The number of the CEO's turn that it rests on, as listed in the task")


class Action(Frozen):
    """Something that somebody is to do after a meeting."""

    text: str = Field(description="What is to be done, in one sentence that begins with a verb")
    owner: str = Field(description="Who does it: a person's name or a role")
    turn: int = Field(description="The number of the CEO's turn that it rests on, as listed in the task")


class Minutes(Frozen):
    """The minutes of a meeting, as a draft for the CEO."""

    agenda: tuple[str, ...] = Field(description="What the meeting was about, a few words each")
    discussion: tuple[Point, ...] = Field(description="What was asked and advised, with the reasons; at least one")
    decisions: tuple[Point, ...] = Field(
        description="What the CEO said that they decide, and nothing else; often empty"
    )
    actions: tuple[Action, ...] = Field(description="What follows and who does it; often empty")


Submission = Delivery | SignOff | Verdict
"""What a row of the pipeline asks for."""
Handed = Submission | Minutes
SUBMISSIONS: dict[str, type[Delivery] | type[SignOff] | type[Verdict] | type[Minutes]] = {
    "delivery": Delivery,
    "sign-off": SignOff,
    "verdict": Verdict,
    "minutes": Minutes,
}


def schema(kind: str) -> dict[str, Any]:
    """The JSON schema of a submission, in the subset that strict tools take."""
    plain: dict[str, Any] = _plain(SUBMISSIONS[kind].model_json_schema())
    return plain


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        kept = {k: _plain(v) for k, v in node.items() if k != "title" or not isinstance(v, str)}
        if kept.get("type") == "object":
            kept["required"] = list(kept.get("properties", {}))
        return kept
    return [_plain(item) for item in node] if isinstance(node, list) else node
