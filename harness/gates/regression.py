"""Every test of the base is still there, as strong as it was, and passes on the sources of the branch."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.config import Config
from harness.domain.gate import Finding, GateResult
from harness.domain.permission import matches
from harness.gates.accepted import CHANGED, Altered, altered, items, requirements
from harness.gates.junit import Case, Unusable, cases_of, identity, results
from harness.gates.moved import followed, moves
from harness.gates.report import tail, unready, unrun
from harness.gates.result import blocked, finding, judged
from harness.gates.testset import MODULE, Testset, before, located, of_case, testset
from harness.gates.title import titled
from harness.ports import Bench, Sandbox, Subject

NAME = "regression"
STEERING = (
    "**/conftest.py", "**/pytest.ini", "**/tox.ini", "**/.coveragerc", "**/vitest.config.*", "**/vite.config.*",
    "**/jest.config.*", "**/.mocharc*", "**/sitecustomize.py", "**/usercustomize.py", "**/*.pth",
)  # fmt: skip
"""Files that say how tests are run: the base's own tests are run as these say on the base."""
_BAD = ("failed", "error")
MOST_SAID = 500
"""Characters of what a failed test says."""


@dataclass(frozen=True, slots=True)
class _Runs:
    """The cases of three runs: the base's, the base's tests on the branch's sources, the branch's."""

    was: Sequence[Case]
    theirs: Sequence[Case]
    now: Sequence[Case]
    again: bool
    """Whether the second is a run of its own."""


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    return unready("unit", config.commands.unit, sandbox)


def check(subject: Subject, bench: Bench) -> GateResult:
    """Compare the base's tests with the branch's, and run the base's own files of them on the branch's sources.

    A changed test that asserts no less is an item of the architecture list, and no finding: the reviewer accepts each
    by name. Where the approved delta modifies or removes a requirement, so is every other altered one.
    """
    command = subject.config.commands.unit
    why = ready(subject.config, bench.sandbox)
    if why:
        return blocked(NAME, subject, why, command=command)
    tree = before(subject, bench)
    old, new = testset(bench, tree, subject.config), testset(bench, subject.tree, subject.config)
    was, why = _cases(tree, {}, subject, bench)
    if why and old.tests:
        return blocked(NAME, subject, f"the base's own tests could not be measured: {why}", command=command)
    now, why = _cases(subject.tree, {}, subject, bench)
    if why:
        return blocked(NAME, subject, why, command=command)
    rows = altered(subject, bench)
    allowed = rows if requirements(subject, bench) else []
    found = [] if allowed else [finding(row.rule, row.text, row.path, row.line) for row in rows if row.rule != CHANGED]
    replaced = _overlay(tree, old, new, subject, bench)
    theirs = now
    if replaced:
        theirs, why = _cases(subject.tree, replaced, subject, bench)
        if why:
            return blocked(NAME, subject, f"with the base's tests on the branch's sources: {why}", command=command)
    found += _lost(_Runs(was, theirs, now, bool(replaced)), _places(was, old), rows, allowed, old)
    found += [*_skips(was, now, new), *_promised(old, now, new)]
    figures: dict[str, float | int | str] = {
        "base tests": len(was), "tests": len(now), "skipped on the base": _count(was), "skipped": _count(now),
        "run again": "yes" if replaced else "no", "to be accepted by name": len(items(subject, bench)),
    }  # fmt: skip
    runs = {"base": results(was), "base's tests on the branch's sources": results(theirs), "branch": results(now)}
    evidence = bench.keep(json.dumps(runs, indent=1).encode())
    return judged(NAME, subject, found, command=command, figures=figures, evidence=evidence)


def _cases(tree: str, files: Mapping[str, bytes | None], subject: Subject, bench: Bench) -> tuple[list[Case], str]:
    """(the cases that the unit command reports of a tree, why they could not be measured)."""
    command = subject.config.commands.unit
    outcome, reports = bench.measure(tree, command, files)
    why = unrun(outcome, command)
    if why:
        return [], why
    try:
        return cases_of(reports)[0], ""
    except Unusable as error:
        return [], f"{error}; the command ended with {outcome.code}: {tail(outcome.output, 500)}"


def _overlay(tree: str, old: Testset, new: Testset, subject: Subject, bench: Bench) -> dict[str, bytes | None]:
    """What makes the branch's tests, and what steers them, the base's again, but for where they import what moved from;
    nothing where only files were added."""
    changed = bench.changed(tree, subject.tree)
    steering = [path for path in changed if matches(path, STEERING)]
    theirs = [path for path in (*old.files, *old.support, *steering) if path in changed]
    if not old.tests or not theirs:
        return {}
    added = [path for path in new.files if path not in old.files]
    again = {path: bench.read(tree, path) for path in (*old.files, *theirs)}
    found = followed(again, moves(tree, subject, bench))
    return {
        **dict.fromkeys(added),
        **{path: data for path, data in found.items() if path in theirs or data is not again[path]},
    }


def _places(cases: Sequence[Case], tests: Testset) -> dict[int, str]:
    """id of a case -> its file."""
    return {id(case): path for path, own in located(cases, tests).items() for case in own}


def _lost(
    runs: _Runs, places: Mapping[int, str], rows: Sequence[Altered], allowed: Sequence[Altered], old: Testset
) -> list[Finding]:
    """The base's passing tests that do not pass on the branch's sources, or that the branch does not run any more; but
    for those of `allowed`, and for those that `rows` names as removed already."""
    theirs, own, known = results(runs.theirs), results(runs.now), {identity(case) for case in runs.was}
    fresh = {_short(case) for case in runs.now if identity(case) not in known and case.result == "passed"}
    # a test that was given parameters goes on as several
    moved = fresh | {short.partition("[")[0] for short in fresh}
    said = {identity(case): case.message for case in runs.theirs}
    helped = any(row.rule == CHANGED and row.path not in old.holding() for row in allowed)
    out: list[Finding] = []
    for case in runs.was:
        path, result, mine = (
            places.get(id(case), case.file),
            theirs.get(identity(case), ""),
            own.get(identity(case), ""),
        )
        if case.result != "passed" or helped or any(_of(case, path, row) for row in allowed):
            continue
        if result in _BAD or (runs.again and not result):
            how = "fails" if result else "can't be run"
            text = f"{case.name} passes on the base and {how}, as it stands there, on the branch's sources"
            told = said.get(identity(case), "").strip()[-MOST_SAID:]
            text += f": {told}" if told else ""
            out.append(finding("regression-failed", text, path))
        elif any(_of(case, path, row) for row in rows if row.rule != CHANGED):
            continue
        elif "skipped" in (result, mine):
            out.append(finding("regression-skipped", f"{case.name} passed on the base and is skipped now", path))
        elif not mine and _short(case) not in moved:
            text = f"{case.name} is a test of the base that the branch does not run any more"
            out.append(finding("regression-removed", text, path))
    return out


def _short(case: Case) -> str:
    return case.name.rpartition("::")[2]


def _of(case: Case, path: str, row: Altered) -> bool:
    """Whether a case such as `test_one[2]` is of the test that its source calls `TestIt::test_one`."""
    short, last = _short(case), row.name.rpartition(" > ")[2].rpartition("::")[2]
    if path.endswith(MODULE):
        return path == row.path and short.partition("[")[0] == last
    return path == row.path and titled(last).within(short)


def _count(cases: Iterable[Case]) -> int:
    return sum(case.result == "skipped" for case in cases)


def _skips(was: Sequence[Case], now: Sequence[Case], new: Testset) -> list[Finding]:
    """Tests that are skipped, where they are more than on the base."""
    more = _count(now) - _count(was)
    if more <= 0:
        return []
    known, places = {identity(case) for case in was}, _places(now, new)
    fresh = [case for case in now if case.result == "skipped" and identity(case) not in known]
    text = (
        f"is skipped; {_count(now)} tests are skipped and {_count(was)} were on the base: no test may be added that is"
    )
    return [finding("regression-skips", f"{case.name} {text}", places.get(id(case), case.file)) for case in fresh]


def _promised(old: Testset, now: Sequence[Case], new: Testset) -> Iterator[Finding]:
    """New tests that are only to do: jest reports them as passed."""
    known, said = {test.name for test in old.tests}, located(now, new)
    for test in new.tests:
        cases = [case for case in said.get(test.path, ()) if test in of_case(case, test.path, new)]
        if test.promised and test.name not in known and not any(case.result == "skipped" for case in cases):
            yield finding(
                "regression-skips", f"{test.name} is only to do: write it, or leave it out", test.path, test.line
            )
