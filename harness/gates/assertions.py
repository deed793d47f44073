"""Tests assert something: each has an assertion, they fail when it is turned round, and without the change's code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from harness.config import Config
from harness.domain.gate import Finding, GateResult
from harness.gates import jsinvert, pyinvert
from harness.gates.junit import Case, Unusable, cases_of, identity, results
from harness.gates.pytests import Unreadable, defined, tree
from harness.gates.reach import added
from harness.gates.report import tail, unready, unrun
from harness.gates.result import blocked, finding, judged
from harness.gates.sources import production
from harness.gates.testcase import Test
from harness.gates.testset import MODULE, SCRIPT, Testset, before, located, of_case, testset
from harness.ports import Bench, Sandbox, Subject

NAME = "assertions"
_TYPE = re.compile(r"(\w+)(?:\([^)]*\))?!?:")
_UNPROVEN = frozenset({"refactor", "test", "chore", "perf", "docs"})
"""Types of commits whose tests need not fail without them, where no new function is to be called."""
_NAMED = re.compile(r"(?:^|/)test[_-]|[_.-](?:test|spec)\.\w+$|(?:^|/)tests?\.\w+$")

_CHECK = re.compile(
    r"^(?!\s*(?:def |async def |function |import |from )).*"
    r"(?:\b(?:assert|expect|check|verify|raise_for_status|fail)\w*\s*[(.]|\bassert\s|\bAssertionError\b)",
    re.M | re.I,
)
"""A line of a script that asks for something."""
_NOTE = re.compile(r"(?:#|//).*")

Cases = tuple[list[Case], str, int]
"""(cases, why there is no measurement, exit code)"""


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    return unready("unit", config.commands.unit, sandbox)


def check(subject: Subject, bench: Bench) -> GateResult:
    """Read the new and changed tests, run all with their assertions turned round, and all on the base's sources."""
    command = subject.config.commands.unit
    why = ready(subject.config, bench.sandbox)
    if why:
        return blocked(NAME, subject, why, command=command)
    tests = testset(bench, subject.tree, subject.config)
    new = _new(subject, bench, tests)
    now, why, code = _measured(subject.tree, {}, subject, bench)
    if why or not now:
        why = why or f"the command left no JUnit report with a test in it; it ended with {code}"
        return blocked(NAME, subject, why, command=command)
    if not any(case.result == "passed" for case in now):
        return blocked(NAME, subject, "no test passes as it stands: see what the tests gate found", command=command)
    found = [*_none(new, tests), *_unread(subject, bench, tests), *_emptied(subject, bench)]
    figures: dict[str, float | int | str] = {
        "tests": len(tests.tests), "new or changed": len(new),
        "without an assertion": sum(not test.real for test in tests.tests),
    }  # fmt: skip
    runs = {"branch": results(now)}
    for step in (_turned, _without):
        more, why = step(now, tests, new, figures, runs, subject, bench)
        if why:
            return blocked(NAME, subject, why, command=command, figures=figures)
        found += more
    evidence = bench.keep(json.dumps(runs, indent=1).encode())
    return judged(NAME, subject, found, command=command, figures=figures, evidence=evidence)


def _measured(at: str, files: Mapping[str, bytes | None], subject: Subject, bench: Bench) -> Cases:
    command = subject.config.commands.unit
    outcome, reports = bench.measure(at, command, files)
    why = unrun(outcome, command)
    if why:
        return [], why, outcome.code
    try:
        return cases_of(reports)[0], "", outcome.code
    except Unusable as error:
        # a suite that can't even begin has failed; one that ends well and reports nothing has said nothing
        said = "" if outcome.code else f"{error}; the command ended with 0: {tail(outcome.output, 300)}"
        return [], said, outcome.code


def _new(subject: Subject, bench: Bench, tests: Testset) -> list[Test]:
    """The tests that the base does not have in this form; all where a tree is measured against itself."""
    at = before(subject, bench)
    if at == subject.tree:
        return list(tests.tests)
    known = {(test.key, test.parts, test.strengths) for test in testset(bench, at, subject.config).tests}
    return [test for test in tests.tests if (test.key, test.parts, test.strengths) not in known]


def _none(new: Sequence[Test], tests: Testset) -> Iterator[Finding]:
    for test in new:
        if not test.real and not test.skipped:
            what = (
                "its assertions can't fail, or only where the environment lets them"
                if test.strengths
                else "it asserts nothing"
            )
            yield finding("assertions-none", f"{test.name}: {what}; assert what has to hold", test.path, test.line)


def _unread(subject: Subject, bench: Bench, tests: Testset) -> Iterator[Finding]:
    changed = bench.changed(subject.base, subject.tree)
    for path, why in tests.broken.items():
        if _NAMED.search(path) and (not changed or changed.get(path, "D") != "D"):
            yield finding("assertions-unread", f"what the file asserts is not known: {why}", path)


def _emptied(subject: Subject, bench: Bench) -> Iterator[Finding]:
    """Scripts of `[commands] integration` that checked something on the base and check nothing any more."""
    words = (word.removeprefix("./") for word in re.split(r"[\s;&|()\"'=]+", subject.config.commands.integration))
    changed = bench.changed(subject.base, subject.tree)
    for path in dict.fromkeys(words):
        if changed.get(path) == "M" and path.endswith((*MODULE, *SCRIPT)):
            texts = ((bench.read(at, path) or b"").decode("utf-8", "replace") for at in (subject.base, subject.tree))
            old, now = (_CHECK.search(_NOTE.sub("", text)) for text in texts)
            if old and not now:
                text = "the script checked answers on the base, and checks none any more"
                yield finding("assertions-none", text, path)


def _turned(
    now: Sequence[Case], tests: Testset, new: Sequence[Test], figures: dict[str, float | int | str],
    runs: dict[str, dict[str, str]], subject: Subject, bench: Bench,
) -> tuple[list[Finding], str]:  # fmt: skip
    """With its assertions turned round the suite fails, and so does each new test."""
    files = dict(_inverted(tests))
    cases, why, code = _measured(subject.tree, files, subject, bench)
    if why:
        return [], f"with the assertions turned round, {why}"
    result = runs["assertions turned round"] = results(cases)
    still = [case for case in now if case.result == "passed" and result.get(identity(case)) == "passed"]
    figures["passed with assertions turned round"] = len(still) if cases else 0
    if cases and not code and all(each in ("passed", "skipped") for each in result.values()):
        if not any(test.plain for test in tests.tests):
            return [], "no assertion has a form that can be turned round: use the test framework's own assertions"
        text = "with every assertion turned round the suite still passes: nothing that it asserts is ever asked"
        return [finding("assertions-inverted", text)], ""
    fresh = {test.key for test in new if test.plain and test.real and not test.skipped}
    passed, kept = _cases_of(now, tests), _cases_of(still, tests)
    text = "passes with its assertions turned round, too: they are never reached, or caught"
    return [
        finding("assertions-idle", f"{test.name} {text}", test.path, test.line)
        for test in tests.tests
        if test.key in fresh and 0 < len(kept.get(test.key, ())) >= len(passed.get(test.key, ()))
    ], ""


def _cases_of(cases: Sequence[Case], tests: Testset) -> dict[tuple[str, str], list[Case]]:
    """key of a test -> the cases of it that passed; a table's rows are one test, of which some may ask nothing."""
    out: dict[tuple[str, str], list[Case]] = {}
    for path, own in located([case for case in cases if case.result == "passed"], tests).items():
        for case in own:
            for test in of_case(case, path, tests):
                out.setdefault(test.key, []).append(case)
    return out


def _inverted(tests: Testset) -> Iterator[tuple[str, bytes]]:
    python = {}
    for path, data in tests.files.items():
        if path.endswith(SCRIPT):
            text = data.decode("utf-8", "replace")
            turned = jsinvert.inverted(text) if path not in tests.broken else text
            if turned != text:
                yield path, turned.encode()
        elif path.endswith(MODULE) and path not in tests.broken:
            python[path] = data
    names = frozenset(defined(tree(data) for data in python.values()))
    for path, data in python.items():
        try:
            yield path, pyinvert.inverted(data, names)
        except Unreadable:
            continue


def _without(
    now: Sequence[Case], tests: Testset, new: Sequence[Test], figures: dict[str, float | int | str],
    runs: dict[str, dict[str, str]], subject: Subject, bench: Bench,
) -> tuple[list[Finding], str]:  # fmt: skip
    """On the base's sources at least one of the branch's tests does not pass."""
    exempt = _exempt(subject, bench)
    figures["on the base's sources"] = exempt
    if exempt:
        return [], ""
    old = testset(bench, subject.base, subject.config)
    support = {path: bench.read(subject.tree, path) for path in tests.support}
    files = {**dict.fromkeys([*old.files, *old.support]), **tests.files, **support}
    changed = bench.changed(subject.base, subject.tree)
    cases, why, _ = _measured(subject.base, {p: d for p, d in files.items() if p in changed}, subject, bench)
    if why:
        return [], f"with the branch's tests on the base's sources, {why}"
    result = runs["branch's tests on the base's sources"] = results(cases)
    failing = [case for case in now if case.result == "passed" and result.get(identity(case)) != "passed"]
    figures["on the base's sources"] = f"{len(failing)} of {len(now)} do not pass"
    if failing:
        return [], ""
    text = "every test of the branch passes on the base's sources, too: no test shows what the change is for"
    return [finding("assertions-pass-on-base", text)], ""


def _exempt(subject: Subject, bench: Bench) -> str:
    """Why the tests need not fail without the change, or ''. What the commits say of themselves is taken for true only
    where nothing else says otherwise.
    """
    changed = bench.changed(subject.base, subject.tree)
    if not changed:
        return "not asked: nothing changed"
    if subject.change.kind == "fix":
        return ""
    if not any(production(path, subject.config) for path in changed):
        return "not asked: no source changed"
    heads = [row["message"] for row in bench.log(subject.base, subject.head)]
    types = [_TYPE.match(head) for head in heads if not head.startswith("Merge ")]
    if not all(match and match[1].lower() in _UNPROVEN for match in types):
        return ""
    if next(added(subject, bench), None):
        return ""
    return "not asked: no commit is a feat or a fix, and no public function is new"
