"""Reads JUnit XML from hostile text: no DTD, no entities, bounded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.parsers import expat

MOST_CASES = 200_000
MOST_DEPTH = 40
MOST_TEXT = 20_000
_FOREIGN = re.compile(r"site-packages|(?:^|/)node_modules/")
_TRACE = re.compile(r"\s+at .*(?:/node_modules/|\(?node:)")
_PLACE = re.compile(r"(?:^|[\s\"'(])((?:/repo/|\./)?[\w@.+-][\w@.+/-]{0,300}\.\w{1,10}):(\d{1,7})")


class Unusable(ValueError):
    """The report can't be used; the message says why."""


@dataclass(slots=True)
class Case:
    """One test case."""

    name: str
    """`classname::name`."""
    file: str = ""
    line: int = 0
    result: str = "passed"
    """passed, failed, error or skipped."""
    message: str = ""
    suite: str = ""
    """Names of the suites that it lies in, outermost first, a ` > ` between them."""


class _Reader:
    """Collects cases from the parser's events."""

    def __init__(self) -> None:
        self.cases: list[Case] = []
        self.depth = 0
        self.root = ""
        self.case: Case | None = None
        self.inside = ""
        self.suite_errors = 0
        self.suites: list[tuple[str, str]] = []
        """(name, file) of the suites that are open."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element opens."""
        self.depth += 1
        self.root = self.root or tag
        if self.depth > MOST_DEPTH:
            raise Unusable("the report is nested too deeply")
        if tag == "testcase":
            name = "::".join(part for part in (attributes.get("classname", ""), attributes.get("name", "")) if part)
            line = attributes.get("line", "")
            file = attributes.get("file", "") or next((file for _, file in reversed(self.suites) if file), "")
            self.case = Case(name, file, int(line) if line.isdecimal() and len(line) < 8 else 0)
            self.case.suite = " > ".join(suite for suite, _ in self.suites if suite)[:MOST_TEXT]
            self.cases.append(self.case)
            if len(self.cases) > MOST_CASES:
                raise Unusable(f"the report has more than {MOST_CASES} cases")
        elif tag == "testsuite":
            self.suites.append((attributes.get("name", "")[:1000], attributes.get("file", "")[:1000]))
        elif tag in ("failure", "error", "skipped"):
            self.inside = tag
            message = attributes.get("message", "")[:MOST_TEXT] + "\n"
            if self.case is None:
                self.suite_errors += tag != "skipped"
            elif self.case.result not in ("failed", "error"):
                self.case.result = {"failure": "failed"}.get(tag, tag)
                self.case.message = message

    def end(self, tag: str) -> None:
        """An element closes."""
        self.depth -= 1
        if tag == "testcase":
            self.case = None
        elif tag == "testsuite":
            self.suites.pop()
        if tag == self.inside:
            self.inside = ""

    def text(self, data: str) -> None:
        """Characters; kept inside failures."""
        if self.inside and self.case is not None and len(self.case.message) < MOST_TEXT:
            self.case.message += data


def read(data: bytes) -> list[Case]:
    """The cases of a JUnit report; raises Unusable."""
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise Unusable(f"the report is not XML: {error}") from error
    except (ValueError, LookupError) as error:
        raise error if isinstance(error, Unusable) else Unusable(f"the report is not XML: {error}") from error
    if reader.root not in ("testsuites", "testsuite"):
        raise Unusable(f"the report is not JUnit XML: its root is <{reader.root[:40]}>")
    if reader.suite_errors:
        reader.cases.append(Case("the suite itself", result="error", message="an error outside any test case"))
    return reader.cases


def cases_of(reports: Mapping[str, bytes]) -> tuple[list[Case], bytes]:
    """(cases of every JUnit report, the reports' bytes); raises Unusable where there is none or one can't be read."""
    names = sorted(name for name in reports if name.endswith(".xml"))
    if not names:
        raise Unusable("the command left no JUnit report as {out}/*.xml")
    cases: list[Case] = []
    for name in names:
        try:
            cases += read(reports[name])
        except Unusable as error:
            raise Unusable(f"{name}: {error}") from error
    return cases, b"\n".join(reports[name] for name in names)


def _refuse(*_: object) -> None:
    raise Unusable("the report has a document type or entities, which are not read")


def told(case: Case) -> str:
    """The end of what a failure says, without the lines of a trace that lead through packages."""
    lines = [line for line in case.message.strip().splitlines() if not _TRACE.match(line)]
    return "\n".join(lines)[-700:] or case.message.strip()[-700:] or case.result


def results(cases: Iterable[Case]) -> dict[str, str]:
    """Suite and name of a case -> its result; of several of one name, the worst."""
    out: dict[str, str] = {}
    order = ("passed", "skipped", "error", "failed")
    for case in cases:
        out[identity(case)] = max(case.result, out.get(identity(case), "passed"), key=order.index)
    return out


def identity(case: Case) -> str:
    """What tells a case from others in the same report, and is the same in another one."""
    return f"{case.suite}: {case.name}" if case.suite else case.name


def place(case: Case) -> tuple[str, int]:
    """(path, line) of a failure: the last place that its message names, else the case's own."""
    found = [(path, line) for path, line in _PLACE.findall(case.message[-6000:]) if not _FOREIGN.search(path)]
    inner = [row for row in found if not row[0].startswith(("/usr", "/opt"))]
    if inner:
        path, line = inner[-1]
        return path.removeprefix("/repo/").removeprefix("./"), int(line)
    return case.file.removeprefix("/repo/"), case.line
