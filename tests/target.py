"""A small target repository, and a scripted team that takes a change through it. Everything else is real."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.app import Nobody, Screen
from harness.domain.decision import Decision
from harness.domain.event import Asked

CHANGE = "add-farewell"
FOLDER = f"openspec/changes/{CHANGE}"
CONFIG = """
[project]
name = "greeter"
language = "python"
gates = ["proposal", "branch", "scope", "openspec", "lock", "build", "tests", "commits", "changelog", "architecture"]

[commands]
build = "python3 -m compileall -q greeter"
unit = "python3 tests/run.py {out}"
"""
RUNNER = """
import sys, pathlib, runpy
sys.path.insert(0, ".")
import greeter
cases = {name: getattr(greeter, name)("Ann").endswith("Ann") for name in dir(greeter) if name.startswith("say_")}
for path in sorted(pathlib.Path("tests").glob("test_*.py")):
    for name, test in runpy.run_path(str(path)).items():
        if name.startswith("test_"):
            try:
                test()
                cases[f"tests.{path.stem}.{name}"] = True
            except Exception:
                cases[f"tests.{path.stem}.{name}"] = False
body = "".join(f'<testcase classname="{n.rpartition(".")[0] or "greeter"}" name="{n.rpartition(".")[2]}">'
               + ("" if passed else '<failure message="wrong"/>') + "</testcase>" for n, passed in cases.items())
pathlib.Path(sys.argv[1], "unit.xml").write_text(f'<testsuite tests="{len(cases)}">{body}</testsuite>')
sys.exit(not all(cases.values()))
"""
TEST = """
import greeter


def test_a_guest_is_greeted_by_name():
    assert greeter.say_hello("Ann") == "Hello, Ann"
"""
PROPOSAL = """# Add a farewell

## Why

Guests leave without a word, which they told us is rude.

## What Changes

- A function that says goodbye to a person by name.
"""
DELTA = """## ADDED Requirements

### Requirement: Farewell
The library SHALL say goodbye to a person by name.

#### Scenario: A guest leaves
- **WHEN** a guest leaves
- **THEN** the library says goodbye with the guest's name
"""
FILES = {
    "harness.toml": CONFIG,
    "greeter/__init__.py": 'def say_hello(name: str) -> str:\n    return f"Hello, {name}"\n',
    "tests/run.py": RUNNER,
    "tests/test_greeter.py": TEST,
    "README.md": "# greeter\n\nSays things to people.\n",
    "CHANGELOG.md": "# Changelog\n",
    ".gitignore": "__pycache__/\n",
    "openspec/backlog.md": "# Backlog\n\n- [ ] something-else (feature)\n",
}


def git(top: Path, *args: str) -> str:
    """Git as a user runs it."""
    return subprocess.run(["git", "-C", str(top), *args], check=True, capture_output=True, text=True).stdout.strip()


def make(top: Path, files: dict[str, str] | None = None) -> Path:
    """A repository with `develop` and `main`; main is checked out, and the proposal lies in the working tree."""
    top.mkdir(parents=True, exist_ok=True)
    git(top, "init", "-q", "-b", "develop")
    git(top, "config", "user.name", "Cleo Owner")
    git(top, "config", "user.email", "cleo@owner.invalid")
    for path, text in (files or FILES).items():
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_text(text)
    git(top, "add", "-A")
    git(top, "commit", "-qm", "chore: begin")
    git(top, "checkout", "-q", "-b", "main")
    (top / FOLDER).mkdir(parents=True)
    (top / FOLDER / "proposal.md").write_text(PROPOSAL)
    return top


def archived(top: Path) -> str:
    """The folder of the change in the archive on develop."""
    names = git(top, "ls-tree", "-r", "--name-only", "develop", "openspec").splitlines()
    form = re.compile(rf"(openspec/(?:changes/)?archive/(?:\d{{4}}-\d\d-\d\d-)?{CHANGE}(?:-fork-\d+)?)/")
    (found,) = {match[1] for name in names if (match := form.match(name))}
    return found


def call(name: str, **given: Any) -> dict[str, Any]:
    """A tool call as a content block."""
    return {
        "type": "tool_use",
        "id": f"toolu_{name}_{abs(hash(json.dumps(given))) % 10**12}",
        "name": name,
        "input": given,
    }


def verdict(
    decision: str = "approve", to: str = "", *, kind: str = "spec", cite: str = "README.md:1"
) -> dict[str, Any]:
    """A submit call of the CTO."""
    names = {
        "spec": ("dry", "solid", "agntcy", "completeness"),
        "code": ("spec", "dry", "solid", "errors", "tests", "documentation"),
    }
    correction = {"path": "greeter/__init__.py", "line": 1, "problem": "too short", "change": "say more"}
    return call(
        "submit",
        decision=decision,
        to=to,
        summary="Looked at all of it.",
        criteria=[{"criterion": n, "answer": "met", "why": "seen", "evidence": [cite]} for n in names[kind]],
        corrections=[correction] if decision == "return" else [],
        architecture=[],
    )


def delivery(message: str, problem: str = "") -> dict[str, Any]:
    """A submit call of an author."""
    return call("submit", message=message, summary="Did the work.", spec_problem=problem)


def signoff(decision: str = "sign-off", to: str = "") -> dict[str, Any]:
    """A submit call of QA."""
    correction = {"path": "greeter/__init__.py", "line": 1, "problem": "wrong", "change": "mend it"}
    return call(
        "submit",
        message="test: cover the farewell",
        decision=decision,
        to=to,
        summary="Tried it.",
        corrections=[correction] if decision == "return" else [],
        spec_problem="",
    )


GOOD = 'def say_bye(name: str) -> str:\n    return f"Bye, {name}"\n'
BAD = 'def say_bye(name: str) -> str:\n    return "Bye"\n'


def design() -> list[list[dict[str, Any]]]:
    """The Architect's turns."""
    return [
        [call("view", path="README.md", view_range=[])],
        [
            call("create", path=f"{FOLDER}/design.md", file_text="# Design\n\nOne function more.\n"),
            call("create", path=f"{FOLDER}/tasks.md", file_text="- [ ] 1.1 Write the function\n"),
            call("create", path=f"{FOLDER}/specs/farewell/spec.md", file_text=DELTA),
        ],
        [delivery("docs(farewell): specify the farewell")],
    ]


def implement(first: str = GOOD) -> list[list[dict[str, Any]]]:
    """The developer's turns; with BAD as `first`, the tests gate fails once."""
    turns = [
        [
            call("insert", path="greeter/__init__.py", insert_line=2, insert_text="\n\n" + first),
            call("insert", path="CHANGELOG.md", insert_line=1, insert_text="\n- Says goodbye.\n"),
        ],
        [delivery("feat(greeter): say goodbye")],
    ]
    if first is not GOOD:
        turns += [
            [call("bash", command='sed -i \'s/return "Bye"/return f"Bye, {name}"/\' greeter/__init__.py')],
            [delivery("fix(greeter): say the name")],
        ]
    return turns


def play() -> dict[str, list[list[dict[str, Any]]]]:
    """The usual course: the CTO returns the implementation once, and one gate fails once."""
    return {
        "design/1": design(),
        "spec-review/1": [[verdict(kind="spec")]],
        "implement/1": implement(BAD),
        "qa/1": [[signoff()]],
        "review/1": [[verdict("return", "implement", kind="code")]],
        "implement/2": [
            [call("insert", path="CHANGELOG.md", insert_line=3, insert_text="- By name.\n")],
            [delivery("docs(changelog): name the name")],
        ],
        "qa/2": [[signoff()]],
        "review/2": [[verdict(kind="code", cite="CHANGELOG.md:3")]],
    }


TASKS = {
    "specify": "design",
    "review the specification": "spec-review",
    "implement": "implement",
    "test": "qa",
    "review": "review",
}


class Team:
    """Answers by stage, attempt and turn, from nothing but the request."""

    def __init__(self, course: dict[str, list[list[dict[str, Any]]]] | None = None) -> None:
        self.course = course or play()
        self.begun: dict[str, list[str]] = {}

    def __call__(self, request: dict[str, Any], number: int) -> list[dict[str, Any]]:
        brief = request["messages"][0]["content"][0]["text"]
        task = re.match(r"# Task: (specify|review the specification|implement|test|review)\b", brief)
        assert task, brief[:200]
        stage = TASKS[task[1]]
        briefs = self.begun.setdefault(stage, [])
        if brief not in briefs:
            briefs.append(brief)
        turns = self.course[f"{stage}/{briefs.index(brief) + 1}"]
        turn = sum(message["role"] == "assistant" for message in request["messages"])
        return turns[turn]


class Yes(Nobody):
    """A CEO who approves whatever is asked; `says` may answer otherwise."""

    def __init__(self, says: Callable[[Asked], Decision | None] | None = None) -> None:
        self.says, self.asked = says, list[Asked]()

    def ask(self, asked: Asked, poll: Any) -> Decision | None:  # type: ignore[override]
        self.asked.append(asked)
        if self.says:
            return self.says(asked)
        return Decision(subject=asked.detail["subject"], verb="approve", by="cleo")


def screen(ceo: Any = None) -> Screen:
    """A screen that shows nothing."""
    return Screen(ceo=ceo or Yes())
