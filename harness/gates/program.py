"""The programs and Python modules that a repository's own commands begin with: whether the sandbox has them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from harness.config import Config
from harness.ports import Bench, Limits

LIMITS = Limits(wall=30, cpu=30)
_COMMANDS: Mapping[str, Callable[[Config], tuple[tuple[str, str], ...]]] = {
    "build": lambda config: (("[commands] build", config.commands.build),),
    "lint": lambda config: (("[commands] lint", config.commands.lint),),
    "tests": lambda config: (("[commands] unit", config.commands.unit),),
    "regression": lambda config: (("[commands] unit", config.commands.unit),),
    "assertions": lambda config: (("[commands] unit", config.commands.unit),),
    "coverage": lambda config: (("[commands] unit", config.commands.unit),),
    "reach": lambda config: (("[commands] unit", config.commands.unit),),
    "mutation": lambda config: (("[commands] unit", config.commands.unit),),
    "operations": lambda config: _service(config),
    "inputs": lambda config: _service(config),
    "conformance": lambda config: (
        ("[server] start", config.server.start),
        ("[server] seed", config.server.seed),
        ("[server] auth", config.server.auth),
    ),
    "drift": lambda config: (
        (("[commands] routes", config.commands.routes),)
        if config.commands.routes
        else (("[server] start", config.server.start),)
    ),
    "migrations": lambda config: (("[commands] migrate", config.commands.migrate),),
    "services": lambda config: _service(config),
    "latency": lambda config: _service(config),
}
"""gate -> (key of harness.toml, command) of what it runs"""
_TOKEN = re.compile(
    r"(?P<space>[ \t]+|\\\n|\d*(?:>>|>&|<&|>|<(?!<))[ \t]*(?:[^\s;&|()<>\"'`\\]+)?)"
    r"|(?P<word>(?:[^\s;&|()<>\"'`\\]|\\.|\"(?:[^\"\\`]|\\.)*\"|'[^']*')+)"
    r"|(?P<next>&&|;|\n)"
    r"|(?P<pipe>\|(?!\|)|&)",
    re.S,
)
"""A piece of a shell text. What it does not know, such as `||`, groups, substitutions and here-documents, ends it."""
_PLAIN = re.compile(r"[\w@%+=:,./-]+")
_SET = re.compile(r"[A-Za-z_]\w*=.*", re.S)
_PYTHON = re.compile(r"(?:.*/)?python\d*(?:\.\d+)?")
_MODULE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_PASSED = frozenset({"env", "exec"})
"""Commands that run what follows them."""
_KEPT = frozenset({"export", "cd"})
"""Commands that change what those after them find, and nothing else."""
_OPAQUE = frozenset(
    {".", "source", "eval", "alias", "exit", "if", "for", "while", "until", "case", "function", "{", "!"}
)
"""Words after which nothing is claimed: what follows may not run, or otherwise."""
_FIND = """\
import sys
from importlib.util import find_spec
try:
    found = find_spec(sys.argv[1])
except ModuleNotFoundError:
    found = None
sys.exit(3 if found is None else 0)
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One simple command, its words as they are written in the shell."""

    sets: tuple[str, ...]
    """Assignments before it."""
    words: tuple[str, ...]


def absent(config: Config, gates: Iterable[str], bench: Bench, tree: str) -> dict[str, str]:
    """gate -> the programs and modules that its commands begin with and a checkout of `tree` does not find.

    One command in the sandbox looks for all of them. What a shell text says in ways that are not plain is taken to be
    there, so that a project is not held up for nothing: the gate itself finds out.
    """
    used = {gate: [row for row in _COMMANDS[gate](config) if row[1]] for gate in gates if gate in _COMMANDS}
    found = _look(sorted({text for rows in used.values() for _, text in rows}), bench, tree)
    where = config.project.environment
    advice = f"install it into the environment {where}" if where else "name the toolchain in [project] environment"
    lacking = {
        gate: [f"{key} needs {name}, which is not found in the sandbox" for key, text in rows for name in found[text]]
        for gate, rows in used.items()
    }
    return {gate: f"{'; '.join(why)}: {advice}" for gate, why in lacking.items() if why}


def _service(config: Config) -> tuple[tuple[str, str], ...]:
    return ("[server] start", config.server.start), ("[commands] integration", config.commands.integration)


def _look(texts: list[str], bench: Bench, tree: str) -> dict[str, list[str]]:
    """text -> what it lacks, by one run in the sandbox."""
    marks = {text: f"lacks {number}: " for number, text in enumerate(texts)}
    # Each in a shell of its own: what is not a shell's text after all spoils no other.
    lines = [f"sh -c {shlex.quote(asked)} 2>/dev/null" for text in texts if (asked := probe(text, marks[text]))]
    if not lines:
        return {text: [] for text in texts}
    with bench.checkout(tree) as work:
        said = bench.sandbox.run(bench.command("\n".join(lines), work, limits=LIMITS)).output.splitlines()
    return {
        text: list(dict.fromkeys(line.removeprefix(mark) for line in said if line.startswith(mark)))
        for text, mark in marks.items()
    }


def probe(text: str, mark: str) -> str:
    """Shell text that prints `mark` and a name for everything that `text` begins its commands with and is missing."""
    lines = []
    for step in _steps(text):
        if not step.words or step.words[0] in _KEPT:
            lines.append(f"{' '.join((*step.sets, *step.words))} || exit 0")
            continue
        sets = f"export {' '.join(step.sets)}; " if step.sets else ""
        lines += [f"( {sets}{test} ) || echo {shlex.quote(mark + name)}" for test, name in _tests(step)]
    return "\n".join(lines)


def _tests(step: Step) -> list[tuple[str, str]]:
    """(shell text that fails where it is missing, name) of what one simple command needs."""
    program, *rest = step.words
    if not _PLAIN.fullmatch(program) or ("/" in program and not program.startswith("/")):
        return []
    tests = [(f"command -v {program} >/dev/null", f"the program {program}")]
    options, modules = _modules(program, rest)
    for module in modules:
        look = " ".join((program, *options, "-c", shlex.quote(_FIND), module))
        tests.append((f"{look} >/dev/null; test $? -ne 3", f"the Python module {module}"))
    return tests


def _modules(program: str, rest: list[str]) -> tuple[list[str], list[str]]:
    """(options of Python, modules) of `python -m module`; with coverage, also of what it runs."""
    if not _PYTHON.fullmatch(program) or "-m" not in rest:
        return [], []
    at = rest.index("-m")
    options, named, after = rest[:at], rest[at + 1 : at + 2], rest[at + 2 :]
    if not all(_PLAIN.fullmatch(word) and word.startswith("-") and word != "-c" for word in options):
        return [], []
    if named == ["coverage"] and after[:1] == ["run"] and "-m" in after:
        named += after[after.index("-m") + 1 :][:1]
    return options, [name for name in named if _MODULE.fullmatch(name)]


def _steps(text: str) -> list[Step]:
    """The simple commands of a shell text that run one after the other, up to the first that may not run."""
    steps: list[Step] = []
    for words in _split(text):
        sets: list[str] = []
        while words and (_SET.fullmatch(words[0]) or words[0] in _PASSED):
            word = words.pop(0)
            sets += [] if word in _PASSED else [word]
        if words and (words[0] in _OPAQUE or words[0].startswith(("-", "#"))):
            break
        steps.append(Step(tuple(sets), tuple(words)))
    return [step for step in steps if step.sets or step.words]


def _split(text: str) -> list[list[str]]:
    """The words of the simple commands that `;`, `&&` or a line's end divides, up to what is not as plain as that."""
    found: list[list[str]] = [[]]
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            return found[:-1]
        at = match.end()
        if match["word"]:
            found[-1].append(match["word"])
        elif match["next"]:
            found.append([])
        elif match["pipe"]:
            # What stands before a pipe or `&` is run all the same.
            return found
    return found
