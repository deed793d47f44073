"""The entries of a journal. Facts are compared in a replay; notes are chained but not compared."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, TypeAdapter, model_serializer

from harness.domain.change import Kind
from harness.domain.frozen import Frozen

Asking = Literal["model", "tool", "gate", "human", "git", "post"]
Outcome = Literal["pass", "fail", "return"]


class RunStarted(Frozen):
    """The first entry of a run."""

    type: Literal["run_started"] = "run_started"
    change: str
    kind: Kind
    fork: int = 0
    pipeline: str
    """Digest of the pipeline table."""
    rehearsal: bool = False
    """True where the model's answers come from a transcript: such a run proves nothing about a model."""
    parent: str = ""
    """`run@seq` of the run that this one was forked from."""


class Entered(Frozen):
    """An attempt at a stage begins."""

    type: Literal["entered"] = "entered"
    stage: str
    attempt: int
    head: str
    """The branch's commit at this moment; scope is measured from here."""
    why: str = ""
    """What sent the change here, when it did not come the straight way."""


class Opened(Frozen):
    """What an attempt's conversation begins with, as it was sent: a resume sends these bytes again."""

    type: Literal["opened"] = "opened"
    key: str
    role: str
    model: str
    system: str
    tools: str
    brief: str
    params: str
    harness: str
    config: str


class Asked(Frozen):
    """A question left the harness."""

    type: Literal["asked"] = "asked"
    key: str
    kind: Asking
    question: str
    """Digest of the question."""
    detail: dict[str, Any] = {}
    """What a reader needs of it, such as a reservation in dollars or the subject of a decision."""


class Answered(Frozen):
    """The one recorded answer to a question."""

    type: Literal["answered"] = "answered"
    key: str
    kind: Asking
    question: str
    answer: Any
    by: str = ""
    """Who decided, for a human answer."""


class Denied(Frozen):
    """A tool call that the role may not make; the world was not asked."""

    type: Literal["denied"] = "denied"
    key: str
    role: str
    reason: str


class Left(Frozen):
    """An attempt at a stage ended."""

    type: Literal["left"] = "left"
    stage: str
    attempt: int
    outcome: Outcome
    to: str
    """The stage that comes next."""
    why: str = ""
    artifact: dict[str, Any] = {}
    """What the stage leaves for later ones: head, lock, candidate, reports, verdict."""


class Authorized(Frozen):
    """The CEO granted permission. Nothing has been executed."""

    type: Literal["authorized"] = "authorized"
    action: str
    decision: str
    """Key of the decision's answer."""
    subject: str
    message: int
    """Number of the message on the approvals channel."""


class Completed(Frozen):
    """An authorized act was executed; the evidence was checked by code, under the key `evidence`."""

    type: Literal["completed"] = "completed"
    action: str
    evidence: str
    commit: str
    ref: str
    state: str
    message: int


class Failed(Frozen):
    """An authorized act was not executed, and why."""

    type: Literal["failed"] = "failed"
    action: str
    why: str
    state: str
    message: int


class Turned(Frozen):
    """A decision that came but does not count, kept with the reason."""

    type: Literal["turned"] = "turned"
    by: str
    decision: dict[str, Any]
    why: str


class Finished(Frozen):
    """The run is over for good."""

    type: Literal["finished"] = "finished"
    outcome: Literal["merged", "abandoned"]


class Driver(Frozen):
    """Note: a driver took the run's lease, or gave it back."""

    type: Literal["driver"] = "driver"
    session: int
    did: Literal["started", "ended"]
    how: str = ""
    """On `ended`: parked, stopped, gave up, finished, or the error. Nothing follows after a kill."""
    harness: str = ""
    level: int = -1
    """On `started`: the level of the sandbox; -1 in records that are older than this, whose text stays what it was."""

    @model_serializer(mode="wrap")
    def _as_written(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        text: dict[str, Any] = write(self)
        if self.level < 0:
            text.pop("level", None)
        return text


class Tried(Frozen):
    """Note: one try of a model call that gave no answer."""

    type: Literal["tried"] = "tried"
    key: str
    fault: str
    wait: float
    """Seconds until the next try; negative where there is none."""
    usage: dict[str, Any] = {}
    billable: bool = True
    """False where nothing reached the endpoint, so that nothing can have been charged."""


class Drifted(Frozen):
    """Note: in a rehearsal, a tool's text differs from the recorded one; only outcomes must agree."""

    type: Literal["drifted"] = "drifted"
    key: str
    what: str


class Message(Frozen):
    """An entry of the `repo` journal: a message on a channel."""

    type: Literal["message"] = "message"
    channel: str
    number: int
    key: str
    """`<run>/<key>`; posting the same key twice gives the same message."""
    author: str
    text: str


Event = Annotated[
    RunStarted
    | Entered
    | Opened
    | Asked
    | Answered
    | Denied
    | Left
    | Authorized
    | Completed
    | Failed
    | Turned
    | Finished
    | Driver
    | Tried
    | Drifted
    | Message,
    Field(discriminator="type"),
]
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
NOTES = (Driver, Tried, Drifted)


class Entry(Frozen):
    """One entry as it lies in a journal."""

    seq: int
    """From 0, without gaps."""
    at: float
    """Seconds since the epoch, stamped by the journal."""
    event: Event
    hash: str
    """SHA-256 over the previous entry's hash, `at` and the stored text."""
