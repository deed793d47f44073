"""What is checked: a run's record, the repository, and what else of it is here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from harness import prompting, roles, shipped
from harness.config import Config, parse
from harness.domain.change import Change
from harness.domain.event import Answered, Asked, Driver, Entry, Message
from harness.domain.role import Role
from harness.errors import Broken
from harness.flow.applies import applicable
from harness.flow.fold import State, fold
from harness.flow.statement import Decided, decisions
from harness.tools.table import TOOLS
from harness.verify.check import Finding, failed, unable
from harness.workspace.git import Git


@dataclass
class Case:
    """One finished run, read once."""

    change: Change
    entries: Sequence[Entry]
    git: Git
    top: Path
    """The repository's working tree."""
    blob: Callable[[str], str] | None
    """blob -> '' where it is here and whole, else what is wrong with it; None where the record came without any."""
    messages: Callable[[], Sequence[Message] | str]
    """The approvals channel, or why there is none here; Broken where it does not hold."""
    _states: dict[int, State] = field(default_factory=dict)

    @cached_property
    def state(self) -> State:
        """Where the run ended."""
        return fold(self.entries)

    def before(self, seq: int) -> State:
        """Where the run was before the entry `seq`."""
        if seq not in self._states:
            self._states[seq] = fold(self.entries[:seq])
        return self._states[seq]

    @cached_property
    def answers(self) -> dict[str, Entry]:
        """question -> entry of its answer."""
        return {e.event.key: e for e in self.entries if isinstance(e.event, Answered)}

    @cached_property
    def questions(self) -> dict[str, Entry]:
        """question -> entry that asked it."""
        return {e.event.key: e for e in self.entries if isinstance(e.event, Asked)}

    def answer(self, key: str) -> Any:
        """The recorded answer to `key`; None where there is none."""
        found = self.answers.get(key)
        return found.event.answer if found is not None and isinstance(found.event, Answered) else None

    def question(self, key: str) -> str:
        """The recorded digest of the question `key`; '' where there is none."""
        found = self.questions.get(key)
        return found.event.question if found is not None and isinstance(found.event, Asked) else ""

    @cached_property
    def base(self) -> Mapping[str, Any]:
        """What the run read of the commit that it began from."""
        found = self.answer("base")
        if not isinstance(found, dict) or not isinstance(found.get("config"), str):
            raise Broken("the record does not say which commit the run began from")
        return found

    @cached_property
    def config(self) -> Config:
        """The configuration that the run worked under."""
        return parse(str(self.base["config"]))

    @property
    def develop(self) -> str:
        """The name of the integration branch."""
        return str(self.base["branch"])

    @cached_property
    def tip(self) -> str:
        """The integration branch here, or as it was last fetched where it has no local branch; '' if there is none."""
        local = self.git.commit(f"refs/heads/{self.develop}")
        if local:
            return local
        listed = self.git.run("for-each-ref", "--format=%(refname)", f"refs/remotes/*/{self.develop}").decode().split()
        return self.git.commit(listed[0]) if len(listed) == 1 else ""

    @cached_property
    def gates(self) -> tuple[tuple[str, ...], dict[str, str]]:
        """(gates that apply, gate -> why it does not)."""
        return applicable(self.change.kind, self.config)

    @cached_property
    def decisions(self) -> list[Decided]:
        """The CEO's, in order."""
        return decisions(self.entries)

    @property
    def merging(self) -> str:
        """Key of the question that merged; '' where none did."""
        number = self.state.attempts.get("merge", 0)
        answer = self.answer(f"merge/{number}/merge")
        return f"merge/{number}/merge" if isinstance(answer, dict) and answer.get("commit") else ""

    @property
    def merged(self) -> str:
        """The merge commit that the record names; '' where there is none."""
        return str((self.answer(self.merging) or {}).get("commit", "")) if self.merging else ""

    @property
    def candidate(self) -> Mapping[str, Any]:
        """What was gated and approved to be merged."""
        found = self.before(self.questions[self.merging].seq).artifacts.get("candidate") if self.merging else None
        return found if isinstance(found, dict) else {}

    def approval(self, stage: str) -> Decided | None:
        """The decision that let the change pass `stage` the last time."""
        key = f"{stage}/{self.state.attempts.get(stage, 0)}/"
        found = [each for each in self.decisions if each.key.startswith(key) and each.key.count("/") == 2]
        return found[-1] if found and found[-1].decision.verb == "approve" else None

    def team(self, stage: str, attempt: str) -> Mapping[str, Role]:
        """The roles as they were at an attempt."""
        told = self.answer(f"{stage}/{attempt}/brief")
        given = told.get("team", {}) if isinstance(told, dict) else self.base.get("team", {})
        return roles.load(shipped.folder("roles"), given, TOOLS)

    @cached_property
    def version(self) -> str:
        """The harness that ended the run; '' where the record does not say."""
        said = [e.event.harness for e in self.entries if isinstance(e.event, Driver) and e.event.harness]
        return said[-1] if said else ""

    @cached_property
    def render(self) -> Callable[..., str]:
        """The renderer of the record, with the base's own prompts."""
        return prompting.renderer(shipped.folder("prompts"), self.base.get("team", {}))

    def has(self, commit: str) -> bool:
        """Whether a commit is in this repository."""
        return bool(commit) and self.git.commit(commit) == commit

    def landed(self, commit: str) -> bool:
        """Whether a commit that is here is reachable from the integration branch."""
        return bool(self.tip) and self.git.ancestor(commit, self.tip)

    @property
    def shallow(self) -> bool:
        """Whether history is missing here, so that nothing about old commits can be told."""
        return (self.git.common / "shallow").exists()

    def gone(self, commit: str, what: str) -> Finding:
        """Where a commit that the record names is not in this repository."""
        text = f"{what}, {commit[:12] or 'which is not named'}, is not in this repository"
        return unable(f"{text}: it is a shallow clone; run `git fetch --unshallow`") if self.shallow else failed(text)
