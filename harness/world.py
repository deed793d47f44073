"""World: everything outside the harness that one run can reach, in one value. Built once, in app.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from harness.config import Config
from harness.domain.change import Change, Purpose
from harness.domain.decision import Decision
from harness.domain.event import Asked, Entry, Prepared
from harness.domain.moving import Moving
from harness.domain.permission import Secrets
from harness.domain.proof import Proof
from harness.domain.role import Role
from harness.flow.pipeline import Pipeline
from harness.ports import Bench, Gate, Journal, Model, Subject, Tool, Workspace

Facts = dict[str, Any]
"""A JSON object."""


class Inbox(Protocol):
    """Where others leave decisions and requests for the driver."""

    def items(self) -> list[tuple[int, dict[str, Any]]]: ...

    def drop(self, number: int) -> None: ...


class Repo(Protocol):
    """The target repository. Every answer is JSON; every act looks first whether it was done already."""

    def base(self) -> Facts:
        """branch, commit, config (text or None), team (path -> text of overridden roles and prompts), documents."""
        ...

    def backlog(self, change: Change, base: str) -> Facts:
        """listed: whether the base's backlog names the change."""
        ...

    def propose(self, change: Change, base: str, head: str, date: int) -> Facts:
        """head: the commit that holds the proposal; Mistake where there is none."""
        ...

    def tip(self, branch: str) -> str: ...

    def brief(self, change: Change, base: str, head: str, since: str, secrets: Secrets) -> Facts:
        """proposal, files, commits, diff (without `secrets`), spec_file, team; `since` (files, commits) if not ''."""
        ...

    def proposal(self, change: Change, head: str) -> str: ...

    def spec_file(self, change: Change, head: str) -> str:
        """The change's API document; where it is expected while there is none."""
        ...

    def commit(
        self, change: Change, head: str, snapshot: str, author: tuple[str, str], message: str, date: int
    ) -> Facts:
        """head, or moved (the tip found), or empty."""
        ...

    def tree(self, commit: str) -> str: ...

    def candidate(self, change: Change, develop: str, head: str, spec: str) -> Facts:
        """develop (its tip), tree, conflicts.

        The change's deltas are folded in: specs (what that changes), or unfoldable (why it can't be, in sentences) and
        living (path -> text of the specs that these are about).
        """
        ...

    def merge(self, candidate: Facts, develop: str, message: str, date: int, *, checkout: bool) -> Facts:
        """commit, or moved (the tip found); Parked where a checked-out branch needs the user."""
        ...

    def shelf(self, change: Change, at: float) -> Facts:
        """folder: where in the archive the change's folder goes; Parked where another one has that name."""
        ...

    def record(
        self, develop: str, files: Mapping[str, str], message: str, date: int, *, checkout: bool, moving: Moving
    ) -> Facts:
        """commit, of these files and what is moved alone, on top of develop; a path may hold `NNN`, the next number."""
        ...

    def confirm(self, commit: str, branch: str, than: str) -> Facts:
        """exists, reachable (from the branch), changes (something, compared with `than`)."""
        ...

    def missing(self, tree: str, cited: Sequence[str]) -> list[str]:
        """Which of `path:line` do not exist in the tree."""
        ...


class Specs(Protocol):
    """How a change's specification stands to develop and to the other open changes."""

    def stand(self, change: Change, head: str, since: str, spec: str) -> Facts:
        """develop (its tip), base (requirement -> SHA-256), moved (after `since`), overlap, waits (change -> why)."""
        ...

    def moved(self, change: Change, head: str, since: str, now: str, spec: str) -> dict[str, str]:
        """requirement, or the API document `spec` -> the three-way difference, where develop changed it meanwhile."""
        ...

    def adopted(self, change: Change, was: str, now: str, since: str, spec: str) -> Facts:
        """spec_base and spec_moved, where foreign commits say that they wrote the spec anew; {} otherwise."""
        ...

    def wait(self, change: Change, head: str) -> None:
        """Parked while a change that this one depends on is not merged."""
        ...


class Outside(Protocol):
    """What lies on branches that no change of the team's own is on."""

    def contribution(self, asked: str, base: str, spec: str) -> dict[str, Any]:
        """A branch or range: name, base, head, commits, files, spec, code, merges, problems; Mistake if it is none."""
        ...

    def contents(self, base: str, asked: str, at: float) -> dict[str, Any]:
        """What a release of develop at `base` as version `asked` would bring: main, version, notes, commits."""
        ...

    def release(self, contents: Mapping[str, Any], message: str, date: int, *, checkout: bool) -> dict[str, Any]:
        """Do it, unless it was done: commit, notes, tag; or `moved`, and to what."""
        ...


class Ceo(Protocol):
    """The person, where there is one to ask here and now."""

    def ask(self, asked: Asked, poll: Callable[[], Decision | None]) -> Decision | None:
        """Their decision, or what `poll` found meanwhile; None to leave it for later."""
        ...


def unverified(decision: Decision) -> Proof:
    """What is known of a signature where nothing verifies any."""
    return Proof("unknown", why="nothing here verifies signatures") if decision.signature else Proof("unsigned")


class Standing(Protocol):
    """What the CEO accepted for this repository. Whatever else is about to take effect parks the run."""

    def begin(self) -> None:
        """Before a session spends anything: the sandbox's level, and the configuration as it was last seen."""
        ...

    def check(self, team: Mapping[str, str], config: str | None = None) -> None:
        """Before what was just read takes effect: own roles and prompts, and the text of harness.toml where given."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The adapters of one run."""

    change: Change
    version: str
    pipeline: Pipeline
    journal: Journal
    inbox: Inbox
    repo: Repo
    model: Model
    cost: Callable[[str, Facts], float | None]
    worst: Callable[[str, int, int], float | None]
    tools: Mapping[str, Tool]
    gates: Mapping[str, Gate]
    team: Callable[[Mapping[str, str]], tuple[Mapping[str, Role], Callable[..., str]]]
    """Roles and the renderer of prompts, from the overrides of the base commit and what ships."""
    workspace: Callable[[str, Role, str, str, Config], Workspace]
    """(key, role, snapshot, base, config) -> the attempt's directory"""
    bench: Callable[[Config], Bench]
    specs: Specs
    lock: Callable[[str, str, str], str]
    """(head, folder, base) -> digest of the spec as it stands"""
    surface: Callable[[Subject, Bench], list[str]]
    """The architecture list."""
    operations: Callable[[str, str], list[str]]
    """(tree, path of the API document) -> its operations as `METHOD /path`"""
    ready: Callable[[Config, tuple[str, ...]], dict[str, str]]
    """gate -> why it could not run on this machine"""
    post: Callable[[str, str, str], int]
    """(key, author, text) -> the number of the message on the approvals channel"""
    ceo: Ceo
    watch: Callable[[Entry], None]
    progress: Callable[[str], None]
    standing: Standing | None = None
    """None where nothing takes effect: in a replay, and where a decision is only moved."""
    secrets: tuple[str, ...] = ()
    """Values that no tool's result may hold: the key in use."""
    level: Callable[[], int] = lambda: -1
    """The level of the sandbox that commands run in; -1 where none runs."""
    live: bool = True
    checkout: bool = False
    """Consent, given on the command line, to move a checked-out develop with its working tree."""
    rehearsal: Sequence[Entry] = ()
    """The recorded run that this one rehearses."""
    parent: str = ""
    """`run@key` that this run was forked from."""
    purpose: Purpose = "change"
    asked: str = ""
    """The branch or range that a review is about."""
    outside: Outside | None = None
    """What a review or a release needs of the repository beyond `repo`."""
    recorded: Sequence[Entry] = ()
    """The recorded run that this one replays."""
    prepared: Callable[[], Iterable[Prepared]] = lambda: ()
    """The set-ups that were run since the last call, as notes."""
    genuine: Callable[[bytes, Decision, tuple[str, ...]], Proof] = lambda text, decision, kept: unverified(decision)
    """(statement, decision) -> what is known of its signature"""
    signers: Callable[[], tuple[str, ...]] = lambda: ()
    """Fingerprints of the keys that may sign now."""
    signed_only: Callable[[], str] = lambda: ""
    """Why only signed decisions count here; '' where others do too."""
