"""Each gate that applies blocks by itself, at every stage that asks it: nothing is passed over the others' yes."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from harness import app
from harness.config import Config, parse
from harness.domain.event import Answered, Entered, Entry, Left
from harness.domain.gate import GateResult, Result
from harness.errors import Mistake
from harness.flow.applies import applicable
from harness.flow.fold import fold
from harness.flow.pipeline import ALL_GATES, PIPELINE, find
from harness.ports import Bench, Gate, Subject
from tests import target
from tests.engine import kit

CONFIG = """
[project]
name = "greeter"
language = "python"
[spec]
path = "docs/openapi.json"
[services]
redis = true
[migrations]
paths = ["migrations/*.sql"]
[documents.map]
"greeter/**" = ["README.md"]
[dependencies]
audit = true
[mutation]
enabled = true
"""
"""Nothing is left out, so that every gate applies."""
API = {
    "openapi": "3.1.0",
    "info": {"title": "greeter", "version": "1"},
    "paths": {"/": {"get": {"operationId": "greet", "responses": {"200": {"description": "A greeting."}}}}},
}
STAGES = tuple(stage for stage in PIPELINE if stage.gates)
AGAIN = {"delivery": target.delivery("feat(greeter): say goodbye"), "sign-off": target.signoff()}


class Turns:
    """Gates that say no one after the other: at each stage the first at the first round, the second at the second."""

    def __init__(self) -> None:
        self.stage = ""
        self._asked: Counter[tuple[str, str]] = Counter()

    def table(self) -> dict[str, Gate]:
        return {name: Gate(name, name, partial(self._check, name), lambda config, sandbox: "") for name in ALL_GATES}

    def watch(self, entry: Entry) -> None:
        if isinstance(entry.event, Entered):
            self.stage = entry.event.stage

    def _check(self, name: str, subject: Subject, bench: Bench) -> GateResult:
        self._asked[self.stage, name] += 1
        at = find(PIPELINE, self.stage).gates.index(name)
        result: Result = "passed"
        if self._asked[self.stage, name] == at + 1:
            result = "failed" if (at + len(self.stage)) % 2 else "could not run"
        return GateResult(
            gate=name, result=result, reason="no", commit=subject.head, tree=subject.tree, config=subject.config.digest
        )


def team() -> target.Team:
    """A team that hands in the same again until every gate has said its yes."""
    return target.Team(
        {
            "design/1": [*target.design(), *[[target.delivery("docs(farewell): specify it")]] * 9],
            "spec-review/1": [[target.verdict(kind="spec")]],
            "implement/1": [*target.implement()[:2], *[[AGAIN["delivery"]]] * 60],
            "qa/1": [[AGAIN["sign-off"]]] * 60,
            "review/1": [[target.verdict(kind="code", cite="CHANGELOG.md:3")]],
        }
    )


def go(top: Path, turns: Turns) -> None:
    with kit.at(top) as site:
        change = app.change_of(site, target.CHANGE)
        world = app.build(site, change, app.live_model(), app.Screen(watch=turns.watch, ceo=target.Yes()))
        pipeline = tuple(replace(row, rounds=60, attempts=9) for row in PIPELINE)
        app.driven(site, change, lambda: replace(world, pipeline=pipeline, gates=turns.table(), ready=able))


def able(config: Config, gates: tuple[str, ...]) -> dict[str, str]:
    """This machine can ask all of them: none of the real ones is."""
    return {}


def rounds(entries: list[Entry], stage: str) -> list[list[str]]:
    """Of each round at a stage, in order: the gates that did not pass."""
    found: dict[str, list[str]] = {}
    for event in kit.of(entries, Answered):
        before, between, gate = event.key.partition("/gate/")
        if between and event.key.startswith(f"{stage}/"):
            found.setdefault(before, []).extend([gate] if event.answer["result"] != "passed" else [])
    return list(found.values())


def test_the_no_of_each_gate_alone_holds_the_change_up(tmp_path: Path) -> None:
    assert applicable("feature", parse(CONFIG))[0] == ALL_GATES
    files = {**target.FILES, "harness.toml": CONFIG, "docs/openapi.json": json.dumps(API)}
    top, turns = target.make(tmp_path / "repo", files), Turns()
    with kit.serving(team()):
        for _ in find(PIPELINE, "proposal").gates:
            with pytest.raises(Mistake, match="can't be used: no; edit it"):
                go(top, turns)
            with (top / target.FOLDER / "proposal.md").open("a") as file:
                file.write("- One more word.\n")
        go(top, turns)
    entries = kit.journal(top)
    for stage in STAGES:
        assert rounds(entries, stage.id) == [*[[gate] for gate in stage.gates], []]
    passed = [event.stage for event in kit.of(entries, Left) if event.outcome == "pass"]
    assert passed == [row.id for row in PIPELINE]
    assert fold(entries).finished == "merged"
