"""What the tests of the engine share: a scripted endpoint, drives of the target, and what they left."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from harness import app
from harness.domain.decision import Decision
from harness.domain.event import NOTES, Answered, Asked, Entry, Event, Left, Message, Opened
from harness.engine.steps import Steps
from harness.journal import jsonl
from harness.site import Site, site
from tests import target
from tests.endpoint import Endpoint, Script

T = TypeVar("T", bound=Event)
HEX = re.compile(r"\b[0-9a-f]{7,64}\b|\b\d{4}-\d\d-\d\d\b")
"""Ids and days: they differ from run to run, as commits hold their time."""


@contextmanager
def serving(script: Script) -> Iterator[Endpoint]:
    """The endpoint, which alone the environment names meanwhile."""
    with pytest.MonkeyPatch.context() as patch, Endpoint(script) as endpoint:
        for name in [name for name in os.environ if name.startswith("ANTHROPIC")]:
            patch.delenv(name)
        patch.setenv("ANTHROPIC_BASE_URL", endpoint.url)
        patch.setenv("ANTHROPIC_API_KEY", "test-key")
        yield endpoint


@contextmanager
def at(top: Path) -> Iterator[Site]:
    """The repository, closed afterwards."""
    found = site(top)
    try:
        yield found
    finally:
        found.store.close()


def go(top: Path, ceo: Any = None, *, rehearsal: Sequence[Entry] = (), checkout: bool = False) -> Steps:
    """Drive the change, as `harness run` does, with everything opened anew."""
    with at(top) as found:
        change = app.change_of(found, target.CHANGE)
        return app.run(found, change, target.screen(ceo), rehearsal=rehearsal, checkout=checkout)


def journal(top: Path) -> list[Entry]:
    """The run's entries."""
    with at(top) as found:
        return found.journal(target.CHANGE).read()


def transcript(top: Path, path: Path) -> Path:
    """The run's transcript, written to `path`."""
    with at(top) as found:
        lines = jsonl.dump(found.journal(target.CHANGE).rows(), target.CHANGE, "0.1.0")
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def messages(top: Path, *, summaries: bool = False) -> list[Message]:
    """The approvals channel; session summaries left out unless asked for."""
    with at(top) as found:
        said = [e.event for e in found.journal("repo").read() if isinstance(e.event, Message)]
    return [message for message in said if summaries or "/session/" not in message.key]


def put(top: Path, decision: Decision | dict[str, Any]) -> None:
    """Leave something in the inbox, as any other process may."""
    item = decision.model_dump() if isinstance(decision, Decision) else decision
    with at(top) as found:
        found.inbox(target.CHANGE).put(item)


def settle(top: Path) -> bool:
    """What `harness approve` does while no driver is alive."""
    with at(top) as found:
        return app.settle(found, app.change_of(found, target.CHANGE))


def waiting(top: Path) -> Asked:
    """The question that waits for the CEO."""
    with at(top) as found:
        asked = found.state(target.CHANGE).waiting
    assert asked is not None
    return asked


def said(verb: Any = "approve", **more: Any) -> Callable[[Asked], Decision]:
    """A decision on whatever is asked."""
    return lambda asked: Decision(subject=asked.detail["subject"], verb=verb, by="cleo", **more)


class Plan(target.Yes):
    """A CEO who answers by the first plan whose text is in the question, each plan once; approves the rest."""

    def __init__(self, *plans: tuple[str, Callable[[Asked], Decision | None]]) -> None:
        super().__init__(self._say)
        self._plans = list(plans)

    def _say(self, asked: Asked) -> Decision | None:
        for plan in self._plans:
            if plan[0] in asked.detail["what"]:
                self._plans.remove(plan)
                return plan[1](asked)
        return said()(asked)


def later(asked: Asked) -> None:
    """No answer now: the run parks."""
    return None


class Resumed(target.Team):
    """A team that takes up a run where its journal stands."""

    def __init__(self, entries: Sequence[Entry], course: dict[str, list[list[dict[str, Any]]]] | None = None) -> None:
        super().__init__(course)
        for entry in entries:
            if isinstance(entry.event, Opened):
                self.begun.setdefault(entry.event.key.partition("/")[0], []).append(entry.event.brief)


def passage(entries: Sequence[Entry]) -> list[tuple[str, str, str]]:
    """(stage, outcome, next stage) of every attempt, in order."""
    return [(e.event.stage, e.event.outcome, e.event.to) for e in entries if isinstance(e.event, Left)]


def of(entries: Sequence[Entry], kind: type[T]) -> list[T]:
    """The events of one kind."""
    return [e.event for e in entries if isinstance(e.event, kind)]


def facts(entries: Sequence[Entry]) -> list[str]:
    """Every fact by type, kind and key, without ids."""
    found = []
    for entry in entries:
        event = entry.event
        if isinstance(event, NOTES):
            continue
        name = getattr(event, "key", "") or f"{getattr(event, 'stage', '')}/{getattr(event, 'attempt', '')}"
        found.append(f"{event.type} {getattr(event, 'kind', '')} {HEX.sub('#', name)}")
    return found


def answered(entries: Sequence[Entry], kind: str) -> list[str]:
    """Keys of the answers of one kind."""
    return [event.key for event in of(entries, Answered) if event.kind == kind]


@dataclass(frozen=True)
class Line:
    """A commit, without what differs from run to run."""

    author: str
    message: str
    parents: int
    tree: str


def history(top: Path, branch: str = "develop") -> list[Line]:
    """The commits of a branch, oldest first; the record's tree is told by its paths, as it holds times."""
    found = []
    for name in target.git(top, "rev-list", "--reverse", "--topo-order", branch).split():
        author, parents, tree = target.git(top, "show", "-s", "--format=%an <%ae>|%P|%T", name).split("|")
        message = target.git(top, "show", "-s", "--format=%B", name)
        if message.startswith("docs(add-farewell): record"):
            tree = HEX.sub("#", target.git(top, "ls-tree", "-r", "--name-only", name))
        found.append(Line(author, HEX.sub("#", message), len(parents.split()), tree))
    return found
