"""The entries of a journal. Facts are compared in a replay; notes are chained but not compared."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, SerializerFunctionWrapHandler, TypeAdapter, model_serializer

from harness.domain.change import Kind, Purpose
from harness.domain.frozen import Frozen, later
from harness.domain.registry import Reached

Asking = Literal["model", "tool", "gate", "human", "git", "post"]
Outcome = Literal["pass", "fail", "return"]
Ending = Literal["merged", "abandoned", "reviewed", "released", "withheld", "minuted"]


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
    purpose: Purpose = later("change")
    asked: str = later("")
    """The branch or range that a review is about."""


class Convened(Frozen):
    """The first entry of a consultation: the CEO asks the consultant something."""

    type: Literal["convened"] = "convened"
    run: str
    question: str
    about: str = ""
    """The run whose record the consultant is told; '' where the question is about none."""


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
    outcome: Ending


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

    signers: tuple[str, ...] = later(())
    """On `started`: fingerprints of the keys that may sign. The first that are not empty hold for the whole run."""

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


class Prepared(Frozen):
    """Note: the target's set-up command was run, or what it made before was taken from the cache."""

    type: Literal["prepared"] = "prepared"
    command: str
    digest: str
    """Of all that its result depends on."""
    branch: bool = False
    """Whether it was made for lock files that the branch changed."""
    cached: bool = False
    seconds: float = 0.0
    """How long the command took; 0 where it did not run."""
    why: str = ""
    """Why it failed; '' if it did not."""
    reached: tuple[Reached, ...] = ()
    """What of the network the command asked for when it ran."""


class Message(Frozen):
    """An entry of the `repo` journal: a message on a channel."""

    type: Literal["message"] = "message"
    channel: str
    number: int
    key: str
    """`<run>/<key>`; posting the same key twice gives the same message."""
    author: str
    text: str


class Accepted(Frozen):
    """An entry of the `repo` journal: what stands for the repository from here on, by the CEO's word."""

    type: Literal["accepted"] = "accepted"
    subject: str
    """Digest of what was shown: the configuration's meaning and the level."""
    how: Literal["decided", "first use", "raised"]
    """`first use`: as it stood at the first run; `raised`: nothing changed but the level, which rose."""
    branch: str
    commit: str
    """The commit of `branch` that the files were read from."""
    files: dict[str, str]
    """harness.toml and the repository's own roles and prompts, path -> text."""
    level: int
    """The sandbox's level, from 0 (none) to 3."""
    why: str = ""
    """Why the sandbox had that level."""
    comment: str = ""
    by: str = ""
    signature: str = ""
    """A signature over all of the entry; empty where decisions are not signed."""
    time: int = later(0)
    """When it was signed, in seconds since the epoch; 0 where it was not."""
    after: str = later("")
    """Hash of the entry of this kind that it follows, so that a signature fits one place alone."""


class Sprint(Frozen):
    """An entry of the `repo` journal: the CEO approved these items for the sprint, and no others."""

    type: Literal["sprint"] = "sprint"
    subject: str
    """Digest of what was shown."""
    items: dict[str, dict[str, str]]
    """name -> text (what the backlog said), change (its change's name), proposal (SHA-256; '' where there was none)."""
    known: tuple[str, ...]
    """Changes that were proposed or under way then, in the sprint or not."""
    message: int
    """Number of the message on the approvals channel."""
    comment: str = ""
    by: str = ""
    signature: str = ""
    """A signature over all of the entry; empty where decisions are not signed."""
    time: int = later(0)
    """When it was signed, in seconds since the epoch; 0 where it was not."""
    after: str = later("")
    """Hash of the entry of this kind that it follows, so that a signature fits one place alone."""


class Minuted(Frozen):
    """An entry of the `repo` journal: what ended, and was decided, is in the minutes up to here."""

    type: Literal["minuted"] = "minuted"
    commit: str
    upto: dict[str, int]
    """run -> number of its last entry that the minutes tell of."""


Event = Annotated[
    RunStarted
    | Convened
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
    | Prepared
    | Message
    | Accepted
    | Sprint
    | Minuted,
    Field(discriminator="type"),
]
EVENT: TypeAdapter[Event] = TypeAdapter(Event, config=ConfigDict(defer_build=True))
NOTES = (Driver, Tried, Drifted, Prepared)


class Entry(Frozen):
    """One entry as it lies in a journal."""

    seq: int
    """From 0, without gaps."""
    at: float
    """Seconds since the epoch, stamped by the journal."""
    event: Event
    hash: str
    """SHA-256 over the previous entry's hash, `at` and the stored text."""
