"""The truth table: whatever is not a passed gate blocks the merge, and screen, journal and git say the same of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from harness import app
from harness.config import Config
from harness.domain.decision import Decision
from harness.domain.event import Answered, Asked, Authorized, Completed, Entry
from harness.errors import Parked
from harness.flow.fold import fold
from harness.flow.pipeline import PIPELINE
from harness.ports import Bench, Command, Inside, Outcome, Process, Sandbox
from harness.workspace.locate import clean
from tests import target
from tests.engine import kit
from tests.warm import called

REPORT = '<testsuite><testcase classname="a" name="b">{}</testcase></testsuite>'
METRICS = json.dumps({"total": {name: {"total": 9, "covered": 9, "pct": 100} for name in ("lines", "statements")}})
AGAIN = [target.delivery("feat(greeter): say goodbye")]
UNIT = "python3 tests/run.py {out}"


@dataclass(frozen=True, slots=True)
class Case:
    """What `[commands] unit` does on the branch, and what has to come of it."""

    name: str
    unit: str
    gate: str
    result: str
    reason: str
    code: str = target.GOOD


CASES = (
    Case("fail", UNIT, "tests", "failed", "say_bye: wrong", target.BAD),
    Case("crash", "kill -SEGV $$", "tests", "could not run", "no JUnit report"),
    Case("timeout", "sleep 60", "tests", "could not run", "was ended by a limit (wall time)"),
    Case("missing tool", "./tests/absent {out}", "tests", "could not run", "could not be started (exit code 127)"),
    Case(
        "missing metric",
        f"{UNIT} && printf '%s' '{METRICS}' > {{out}}/coverage-summary.json",
        "coverage",
        "could not run",
        "branches",
    ),
    Case("empty report", "true > {out}/unit.xml", "tests", "could not run", "unit.xml"),
    Case("skipped", f"echo '{REPORT.format('<skipped/>')}' > {{out}}/unit.xml", "tests", "failed", "no test was run"),
)


class Hurried:
    """A sandbox in which every command has two seconds."""

    def __init__(self, inner: Sandbox) -> None:
        self._inner, self.level, self.why, self.network = inner, inner.level, inner.why, inner.network

    def inside(self, command: Command) -> Inside:
        return self._inner.inside(command)

    def run(self, command: Command) -> Outcome:
        return self._inner.run(replace(command, limits=replace(command.limits, wall=2.0)))

    def start(self, command: Command) -> Process:
        return self._inner.start(command)

    def forward(self, *, listen: str, to: str) -> str:
        return self._inner.forward(listen=listen, to=to)


def made(top: Path, case: Case) -> Path:
    """The target, measured by the case's command."""
    gates = '"tests", "coverage", ' if case.gate == "coverage" else '"tests", '
    config = target.CONFIG.replace('"tests", ', gates).replace(f'unit = "{UNIT}"', f"unit = {json.dumps(case.unit)}")
    assert json.dumps(case.unit) in config
    return target.make(top, {**target.FILES, "harness.toml": config})


def team(code: str) -> target.Team:
    """A team that hands in `code` at every attempt."""
    first = target.implement(code)[:2]
    return target.Team(
        {
            "design/1": target.design(),
            "spec-review/1": [[target.verdict(kind="spec")]],
            "implement/1": first,
            "qa/1": [[target.signoff()]],
        }
    )


def go(top: Path, watch: Callable[[Entry], None], ceo: Callable[[Asked], Decision | None], *, rounds: int = 1) -> None:
    """Drive the change until it waits, as `harness run` does, but in a hurry: nobody gets a second attempt."""
    with kit.at(top) as site:
        change = app.change_of(site, target.CHANGE)
        screen = app.Screen(watch=watch, ceo=target.Yes(ceo))
        world = app.build(site, change, app.live_model(), screen)

        def bench(config: Config) -> Bench:
            found = world.bench(config)
            if not isinstance(found.sandbox, Hurried):
                found.sandbox = Hurried(found.sandbox)
            return found

        pipeline = tuple(replace(row, attempts=1, rounds=rounds) if row.by == "agent" else row for row in PIPELINE)
        with pytest.raises(Parked):
            app.driven(site, change, lambda: replace(world, pipeline=pipeline, bench=bench))


def approves(asked: Asked) -> Decision | None:
    """Whatever may be approved; the rest is left for later."""
    return kit.said()(asked) if "approve" in asked.detail["verbs"] else None


def said(top: Path, *args: str) -> str:
    code, text = called(list(args), top, clean())
    assert code == 0, text
    return text


def blocked(top: Path, seen: list[Entry], case: Case, before: str) -> None:
    """Nothing is merged, and everything that can be asked about it says why."""
    entries = kit.journal(top)
    answers = [e.event.answer for e in entries if isinstance(e.event, Answered) and f"/gate/{case.gate}" in e.event.key]
    assert answers[-1]["result"] == case.result
    assert case.reason in json.dumps(answers[-1])
    state = fold(entries)
    assert not state.finished and "merged" not in state.artifacts and "approval" not in state.attempts
    assert not any(e.event.ref == "refs/heads/develop" for e in entries if isinstance(e.event, Completed))
    assert not any("merge" in e.event.action for e in entries if isinstance(e.event, Authorized))
    # the screen had every entry as it came
    assert [entry.hash for entry in seen] == [entry.hash for entry in entries][-len(seen) :]
    status = json.loads(said(top, "status", target.CHANGE, "--json"))
    assert status["outcome"] == "" and f"{case.gate} {case.result}" in status["why"]
    assert status["head"] == state.head and not status["completed"][1:]
    assert f"{case.gate} {case.result}" in said(top, "show", target.CHANGE)
    # git
    assert target.git(top, "rev-parse", "develop") == before
    assert target.git(top, "rev-parse", state.head) == target.git(top, "rev-parse", f"feature/{target.CHANGE}")
    assert target.git(top, "log", "--all", "--merges", "--format=%H") == ""


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_what_did_not_pass_blocks_the_merge(case: Case, tmp_path: Path) -> None:
    top = made(tmp_path / "repo", case)
    before, seen = target.git(top, "rev-parse", "develop"), list[Entry]()
    with kit.serving(team(case.code)):
        go(top, seen.append, approves)
    blocked(top, seen, case, before)


class Planting(target.Team):
    """Hands in the same commit twice; in between, a result of another tree is put where this one's is looked for."""

    def __init__(self, top: Path) -> None:
        super().__init__({**team(target.BAD).course, "implement/1": [*target.implement(target.BAD)[:2], AGAIN]})
        self._results, self.planted = top / ".git/harness/results", 0

    def __call__(self, request: dict[str, Any], number: int) -> list[dict[str, Any]]:
        turn = super().__call__(request, number)
        if turn is AGAIN:
            kept = {path: json.loads(path.read_text())[1] for path in self._results.iterdir()}
            (passed,) = [path for path, row in kept.items() if (row["gate"], row["result"]) == ("tests", "passed")]
            for path, row in kept.items():
                if (row["gate"], row["result"]) == ("tests", "failed"):
                    path.write_text(passed.read_text())
                    self.planted += 1
        return turn


def test_a_stale_result_blocks_the_merge(tmp_path: Path) -> None:
    case = CASES[0]
    top = made(tmp_path / "repo", case)
    before, seen = target.git(top, "rev-parse", "develop"), list[Entry]()
    said(top, "gate", "--ref", "develop", "--only", "tests")
    scripted = Planting(top)
    with kit.serving(scripted):
        go(top, seen.append, approves, rounds=2)
    assert scripted.planted == 1
    tests = [e.event.answer for e in kit.journal(top) if isinstance(e.event, Answered) and "/gate/tests" in e.event.key]
    assert [(row["result"], row.get("reused", "")) for row in tests] == [("failed", ""), ("failed", "")]
    assert len({row["commit"] for row in tests}) == 1
    blocked(top, seen, case, before)


def test_what_passes_everywhere_is_merged(tmp_path: Path) -> None:
    """The table would show nothing if nothing were ever merged."""
    top = made(tmp_path / "repo", Case("pass", UNIT, "tests", "passed", ""))
    with kit.serving(target.Team()):
        kit.go(top)
    assert fold(kit.journal(top)).finished == "merged"
    assert target.git(top, "log", "develop", "--merges", "--format=%H") != ""
