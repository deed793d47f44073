"""A whole team whose model answers are scripted, for a change of documentation in a repository without an API."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from harness.config import Config
from tests.endpoint import Script

CHANGE = "explain-start"
FOLDER = f"openspec/changes/{CHANGE}"
PROPOSAL = """<!-- kind: docs -->
# Explain how to start

## Why

Readers of the README do not know how to start the project, and ask every week.

## What Changes

- The README says in one line how to start the project.
"""
SPEC = """# Start

## ADDED Requirements

### Requirement: Starting is explained

The README SHALL say how to start the project.

#### Scenario: A new reader

- **WHEN** somebody reads the README
- **THEN** it names the command that starts the project
"""
TASKS = "## 1. Write\n\n- [ ] 1.1 Add the line to README.md\n"
DESIGN = "# Design\n\nOne line in the README, since readers look there first.\n"


def call(name: str, **given: Any) -> dict[str, Any]:
    """A tool call."""
    return {"type": "tool_use", "name": name, "input": given}


def delivery(message: str) -> dict[str, Any]:
    return call("submit", message=message, summary="It is written. Nothing else was touched.", spec_problem="")


def verdict(criteria: Sequence[str], place: str) -> dict[str, Any]:
    rows = [{"criterion": name, "answer": "met", "why": "It is so.", "evidence": [place]} for name in criteria]
    return call(
        "submit", decision="approve", to="", summary="It is in order.", criteria=rows, corrections=[], architecture=[]
    )


def signed() -> dict[str, Any]:
    text = "The text was read."
    return call(
        "submit", message="test: read the text", decision="sign-off", to="", summary=text, corrections=[],
        spec_problem="",
    )  # fmt: skip


def answers() -> list[list[dict[str, Any]]]:
    """Every turn of every role, in order."""
    review = Config().review
    return [
        [
            call("create", path=f"{FOLDER}/design.md", file_text=DESIGN),
            call("create", path=f"{FOLDER}/specs/start/spec.md", file_text=SPEC),
            call("create", path=f"{FOLDER}/tasks.md", file_text=TASKS),
        ],
        [delivery("docs: specify how starting is explained")],
        [verdict(list(review.spec), f"{FOLDER}/design.md:1")],
        [call("create", path="README.md", file_text="# Sample\n\nStart it with `make run`.\n")],
        [delivery("docs: explain how to start")],
        [signed()],
        [verdict(list(review.code), "README.md:3")],
    ]


def script() -> Script:
    """Answers by their number; a request beyond them gets the last one."""
    turns = answers()

    def reply(request: dict[str, Any], number: int) -> list[dict[str, Any]]:
        return turns[min(number, len(turns) - 1)]

    return reply


def subject(text: str) -> str:
    """The digest that a command shows."""
    found = re.search(r"subject ([0-9a-f]{64})", text)
    assert found, text
    return found[1]
