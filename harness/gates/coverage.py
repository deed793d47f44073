"""Unit tests cover strictly more than the thresholds: statements, branches, functions and lines."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from harness.config import Config
from harness.domain.gate import Finding, GateResult
from harness.domain.permission import matches
from harness.gates.covered import measured, ranges, read
from harness.gates.excluded import directives, new, spared
from harness.gates.javascript import declares
from harness.gates.measured import METRICS, Covered, File, Missing
from harness.gates.outside import imported
from harness.gates.pytests import Unreadable, tree
from harness.gates.report import unready
from harness.gates.result import finding, judged
from harness.gates.settings import altered
from harness.gates.sources import production
from harness.gates.testset import MODULE, before
from harness.gates.touched import origin, touched
from harness.ports import Bench, Sandbox, Subject

NAME = "coverage"
MIGRATIONS = ("**/migrations/**", "**/alembic/versions/**")


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    return unready("unit", config.commands.unit, sandbox)


def check(subject: Subject, bench: Bench) -> GateResult:
    """Judge the coverage report of the same run of `[commands] unit` that the tests gate judges."""
    command, figures = subject.config.commands.unit, dict[str, float | int | str]()
    report = measured(NAME, subject, bench, figures)
    if isinstance(report, GateResult):
        return report
    covered, _, raw = report
    figures |= {metric: round(covered.percent(metric), 2) for metric in METRICS}
    figures["excluded lines"] = covered.excluded
    found = [
        *_below(covered, subject.config),
        *_absent(subject, bench, covered),
        *_new(subject, bench, covered, figures),
        *_left_out(subject, bench, covered),
        *_outside(subject, bench),
        *_settings(subject, bench),
    ]
    return judged(NAME, subject, found, command=command, figures=figures, evidence=bench.keep(raw))


def _below(covered: Covered, config: Config) -> list[Finding]:
    limits = config.thresholds.model_dump()
    low = [
        finding(
            f"coverage-{metric}",
            f"{covered.percent(metric):.2f} % of {metric} are covered ({covered.totals[metric][0]} of "
            f"{covered.totals[metric][1]}); it must be more than {limits[metric]:g} %",
        )
        for metric in METRICS
        if not covered.percent(metric) > limits[metric]
    ]
    if not low:
        return []
    worst = sorted(covered.files, key=lambda f: (-len(f.lines) - f.branches, f.percent, f.path))
    for file in worst:
        parts = [
            f"lines {ranges(file.lines)} are not covered" if file.lines else "",
            f"never called: {', '.join(file.functions[:20])}" if file.functions else "",
            f"{file.branches} {'branch is' if file.branches == 1 else 'branches are'} not taken"
            if file.branches
            else "",
            f"{file.percent:.1f} % of lines are covered" if file.percent < 100 and not file.lines else "",
        ]
        text = "; ".join(part for part in parts if part)
        if text:
            low.append(finding("coverage-file", text, file.name, min(file.lines, default=0)))
    return low


def _absent(subject: Subject, bench: Bench, covered: Covered) -> list[Finding]:
    """Source files that the report does not know, and so does not count.

    What the branch did not touch counts where its folder is measured, or where the base's report knew it.
    """
    measured = {file.name for file in covered.files}
    tops, changed = {path.partition("/")[0] for path in measured}, bench.changed(subject.base, subject.tree)
    absent = [
        path
        for path, (mode, _) in sorted(bench.paths(subject.tree).items())
        if mode != "120000" and path not in measured and _counted(path, subject.config)
        and _runs(path, bench.read(subject.tree, path) or b"")
    ]  # fmt: skip
    near = [path for path in absent if path in changed or path.partition("/")[0] in tops or not changed]
    far = sorted({*absent} - {*near})
    near += sorted({*far} & _known(subject, bench)) if far else []
    text = (
        "the file is not in the coverage report: measure the whole source, files that no test imports included, or, "
        "where it is not shipped, leave it out of [sources] paths on the base"
    )
    return [finding("coverage-absent", text, path) for path in near]


def _known(subject: Subject, bench: Bench) -> set[str]:
    """The files in the base's report."""
    _, reports = bench.measure(subject.base, subject.config.commands.unit)
    try:
        return {file.name for file in read(reports)[0].files}
    except Missing:
        return set()


def _counted(path: str, config: Config) -> bool:
    """Whether a file has to be measured; a migration is run by the gate on migrations, and by no unit test."""
    return production(path, config) and not matches(path, (*MIGRATIONS, *config.migrations.paths))


def _runs(path: str, data: bytes) -> bool:
    """Whether a file holds a statement at all."""
    if not path.endswith(MODULE):
        return not declares(data.decode("utf-8", "replace"))
    try:
        body = tree(data).body
    except Unreadable:
        return True
    return any(not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) for node in body)


def _new(subject: Subject, bench: Bench, covered: Covered, figures: dict[str, float | int | str]) -> list[Finding]:
    """The changed lines of production files have to be covered as the whole is."""
    changed, limit = bench.changed(subject.base, subject.tree), subject.config.thresholds.lines
    hit, missed, untold = 0, {}, 0
    for file in covered.files:
        if changed.get(file.name, "D") == "D" or not production(file.name, subject.config):
            continue
        if file.hit is None:
            untold += 1
            continue
        lines = touched(
            origin(file.name, subject.base, subject.tree, bench), bench.read(subject.tree, file.name) or b""
        )
        hit += len(lines & {*file.hit})
        missed[file.name] = tuple(sorted(lines & {*file.lines}))
    count = hit + sum(len(lines) for lines in missed.values())
    if untold and not count:
        figures["new lines"] = "not told apart: add istanbul's reporter json beside json-summary"
        return [*_entirely(covered, changed, limit)]
    figures |= {"new lines": count, "new lines covered": round(100.0 * hit / count, 2) if count else 100.0}
    if not count or 100.0 * hit / count > limit:
        return []
    text = f"{hit} of {count} new or changed lines are covered; it must be more than {limit:g} %: lines"
    return [
        finding("coverage-new", f"{text} {ranges(lines)} are not", path, lines[0])
        for path, lines in missed.items()
        if lines
    ]


def _entirely(covered: Covered, changed: Mapping[str, str], limit: float) -> Iterator[Finding]:
    """New files, judged by their own figures where the report holds no lines."""
    for file in covered.files:
        if changed.get(file.name) == "A" and not file.percent > limit:
            text = f"{file.percent:.2f} % of the new file's lines are covered; it must be more than {limit:g} %"
            yield finding("coverage-new", text, file.name)


def _left_out(subject: Subject, bench: Bench, covered: Covered) -> list[Finding]:
    """Code that a directive or the configuration takes out of the figures, where it is more than on the base."""
    out: list[Finding] = []
    changed = bench.changed(subject.base, subject.tree)
    told: set[tuple[str, int]] = set()
    for path in sorted(bench.paths(subject.tree)):
        if (changed.get(path, "") in ("A", "M", "T") or not changed) and production(path, subject.config):
            before = bench.read(subject.base, path) if changed else None
            after = directives(path, bench.read(subject.tree, path) or b"")
            for line, text in new(directives(path, before or b""), after):
                told.add((path, line))
                out.append(finding("coverage-ignore", f"a new directive leaves code out: {text}", path, line))
    return out + [row for row in _excluded(subject, bench, covered) if (row.path, row.line) not in told]


def _excluded(subject: Subject, bench: Bench, covered: Covered) -> Iterator[Finding]:
    """Lines that the report itself says are left out, but for what nobody would measure."""
    left = {file.name: _texts(bench, subject.tree, file) for file in covered.files if file.excluded}
    left = {path: rows for path, rows in left.items() if rows}
    if not left:
        return
    _, reports = bench.measure(before(subject, bench), subject.config.commands.unit)
    try:
        old = {file.name: _texts(bench, subject.base, file) for file in read(reports)[0].files if file.excluded}
    except Missing:
        old = {}
    if before(subject, bench) == subject.tree:
        old = {}
    for path, rows in left.items():
        more = new(old.get(path, []), rows)
        if more:
            lines = ranges(tuple(line for line, _ in more))
            text = f"lines {lines} are left out of the figures, and were not on the base: measure them"
            yield finding("coverage-excluded", text, path, more[0][0])


def _texts(bench: Bench, tree: str, file: File) -> list[tuple[int, str]]:
    """(line, its text) of what a report leaves out of a file, what may be left out apart."""
    data = bench.read(tree, file.name) or b""
    lines, free = [line.strip() for line in data.decode("utf-8", "replace").splitlines()], spared(data)
    rows = [(number, lines[number - 1]) for number in file.excluded if number <= len(lines)]
    return [(number, text) for number, text in rows if number not in free and text and not text.startswith("#")]


def _outside(subject: Subject, bench: Bench) -> list[Finding]:
    """What changed production files import from where nothing is measured."""
    changed = bench.changed(subject.base, subject.tree)
    paths = bench.paths(subject.tree).keys()
    out = []
    for path in sorted(paths):
        if not _counted(path, subject.config) or (changed and changed.get(path, "") not in ("A", "M", "T")):
            continue
        old = {found for _, found in imported(path, bench.read(subject.base, path) or b"", paths)} if changed else set()
        for line, found in imported(path, bench.read(subject.tree, path) or b"", paths):
            if found not in old and not _counted(found, subject.config) and _measurable(found):
                text = f"it imports {found}, which is no measured source: move the code to where the sources lie"
                out.append(finding("coverage-outside", text, path, line))
    return out


def _measurable(path: str) -> bool:
    name = path.rpartition("/")[2]
    return not name.endswith((".d.ts", ".d.mts", ".d.cts")) and ".config." not in name


def _settings(subject: Subject, bench: Bench) -> list[Finding]:
    """Settings whose effect no report shows."""
    text = "was changed: what it lets pass is not seen in the report; take the change back"
    return [finding("coverage-settings", f"{key} {text}", path) for path, key in altered(subject, bench)]
