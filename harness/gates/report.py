"""Reads what a measured command left: how it ended, and `path:line: text` in its output."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from harness.domain.gate import Finding, GateResult
from harness.gates.junit import Unusable
from harness.gates.machine import findings
from harness.gates.result import blocked, finding, judged
from harness.ports import Bench, Outcome, Sandbox, Subject

MOST = 500
_LINE = re.compile(
    r"(?P<path>(?:/repo/|\./)?[\w@.+-][\w@.+/-]{0,300}\.\w{1,10})"
    r"(?::(?P<line>\d{1,7})(?::\d{1,7})?|\((?P<line2>\d{1,7})(?:,\d{1,7})?\))(?::| -)?\s{1,4}(?P<text>\S.{0,600})"
)
_ARROW = re.compile(r"\s{0,20}--> (?P<path>[\w@.+-][\w@.+/-]{0,300}):(?P<line>\d{1,7}):\d{1,7}\s*")
_FILE = re.compile(r"(?:/repo/)?(?P<path>[\w@.+-][\w@.+/-]{0,300}\.\w{1,10})")
_INDENTED = re.compile(r"\s{1,8}(?P<line>\d{1,7}):\d{1,7}\s{1,10}(?:error|warning)\s{1,10}(?P<text>\S.{0,600})")
_ANSI = re.compile(r"\x1b\[[0-9;]{0,20}[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Reported:
    """How a command ended, and the reports that it left."""

    outcome: Outcome
    reports: dict[str, bytes]


def unready(name: str, command: str, sandbox: Sandbox) -> str:
    """Why a gate that runs `[commands] name` could not run, or ''."""
    if not command.strip():
        return f"harness.toml has no [commands] {name}"
    return f"commands cannot run here: {sandbox.why}" if sandbox.level == 0 else ""


def unrun(outcome: Outcome, command: str) -> str:
    """Why a command's end is no measurement, or ''."""
    if outcome.limit:
        return f"`{command}` was ended by a limit ({outcome.limit}) after {outcome.seconds:.0f} s"
    if outcome.code in (126, 127):
        return f"`{command}` could not be started (exit code {outcome.code}): {tail(outcome.output, 300)}"
    return ""


def tail(text: str, most: int = 1000) -> str:
    """The end of an output, at most `most` characters and from the beginning of a line on; colours taken out."""
    plain = _ANSI.sub("", text).strip()
    if len(plain) <= most:
        return plain
    end = plain[-most:]
    return end.partition("\n")[2].strip() or end


def unit(
    gate: str, subject: Subject, bench: Bench, figures: dict[str, float | int | str] | None = None
) -> Reported | GateResult:
    """What `[commands] unit` says of the tree that would be merged; the result of `gate` where it can't be run.

    How it ended goes into `figures`, where some are given.
    """
    command = subject.config.commands.unit
    why = unready("unit", command, bench.sandbox)
    if why:
        return blocked(gate, subject, why, command=command, figures=figures or {})
    outcome, reports = bench.measure(subject.tree, command)
    if figures is not None:
        figures |= {"exit code": outcome.code, "seconds": round(outcome.seconds, 2)}
    why = unrun(outcome, command)
    if why:
        evidence = bench.keep(outcome.output.encode("utf-8", "backslashreplace"))
        return blocked(gate, subject, why, command=command, figures=figures or {}, evidence=evidence)
    return Reported(outcome, reports)


def lines(rule: str, output: str) -> list[Finding]:
    """The findings in the output of the usual compilers and linters, each once."""
    out: dict[tuple[str, int, str], Finding] = {}
    title, file = "", ""
    for raw in output.splitlines():
        line = _ANSI.sub("", raw[:2000]).rstrip()
        if match := _LINE.match(line):
            path, number, text = match["path"], match["line"] or match["line2"], match["text"]
        elif match := _ARROW.fullmatch(line):
            path, number, text = match["path"], match["line"], title
        elif match := _INDENTED.fullmatch(line):
            path, number, text = file, match["line"], match["text"]
        else:
            found = _FILE.fullmatch(line.strip())
            file = found["path"] if found else file
            title = line.strip() if line.strip() and not line.startswith((" ", "|")) else title
            continue
        path = path.removeprefix("/repo/").removeprefix("./")
        out.setdefault((path, int(number), text), finding(rule, text or "see the output", path, int(number)))
        if len(out) >= MOST:
            break
    return list(out.values())


def command(name: str, command: str, subject: Subject, bench: Bench) -> GateResult:
    """A gate that passes where a command of the configuration ends with 0 on a clean checkout, and leaves no report
    that calls something an error.
    """
    why = unready(name, command, bench.sandbox)
    if why:
        return blocked(name, subject, why, command=command)
    outcome, reports = bench.measure(subject.tree, command)
    return ended(name, command, subject, bench, Reported(outcome, reports))


def ended(
    name: str, command: str, subject: Subject, bench: Bench, told: Reported, more: Sequence[Finding] = ()
) -> GateResult:
    """What a gate says of a command that has ended; `more` are findings beside the command's own."""
    outcome = told.outcome
    evidence = bench.keep(outcome.output.encode("utf-8", "backslashreplace"))
    figures: dict[str, float | int | str] = {"exit code": outcome.code, "seconds": round(outcome.seconds, 2)}
    why = unrun(outcome, command)
    if why:
        return blocked(name, subject, why, command=command, figures=figures, evidence=evidence)
    try:
        found, wrong = findings(name, told.reports, outcome.output)
    except Unusable as error:
        return blocked(name, subject, str(error), command=command, figures=figures, evidence=evidence)
    found = found if outcome.code or wrong else []
    if outcome.code and not found:
        text = f"`{command}` ended with {outcome.code}:\n{tail(outcome.output)}"
        found = lines(name, outcome.output) or [finding(name, text)]
    return judged(name, subject, [*more, *found], command=command, figures=figures, evidence=evidence)
