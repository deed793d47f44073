"""Asks a process of its own whether an OpenAPI document is valid and values match its schemas."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harness.beside import ending
from harness.gates.bundle import Api

SECONDS = 90


@dataclass(frozen=True, slots=True)
class Check:
    """One value against the schema at a JSON pointer of the document."""

    schema: tuple[str, ...]
    value: Any
    write: bool
    """Whether the value is a request (readOnly properties refused) or a response."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found. `failure` says why there is no judgement."""

    invalid: tuple[tuple[tuple[str, ...], str], ...] = ()
    mismatches: tuple[tuple[str, ...], ...] = ()
    """One tuple for each check; empty where the document itself is invalid."""
    beyond: tuple[bool, ...] = ()
    """For each check, whether the value mismatches in more than a null or an empty value."""
    failure: str = ""


def pointer(tokens: Sequence[str]) -> str:
    """`tokens` as a JSON pointer in a URI fragment."""
    return "".join(
        "/" + token.replace("~", "~0").replace("/", "~1").replace("%", "%25").replace("{", "%7B").replace("}", "%7D")
        for token in tokens
    )


def judge(api: Api, checks: Sequence[Check], *, validate: bool = True, seconds: int = SECONDS) -> Judgement:
    """The judgement of `api` and of `checks`; never raises for what the document holds."""
    task = {
        "document": api.value,
        "version": api.version,
        "validate": validate,
        "checks": [{"schema": pointer(c.schema), "value": c.value, "write": c.write} for c in checks],
        "cpu": seconds,
    }
    try:
        code, out, said = _run(json.dumps(task).encode(), 2 * seconds)
    except subprocess.TimeoutExpired:
        return Judgement(failure="judging the document took too long; simplify its patterns and recursive schemas")
    if code < 0:
        return Judgement(failure="judging the document used too much time; simplify its patterns and recursive schemas")
    try:
        answer = json.loads(out)
    except ValueError:
        return Judgement(failure=f"the OpenAPI validator ended with: {said.decode(errors='replace')[-300:]}")
    return Judgement(
        tuple((tuple(row["at"]), row["text"]) for row in answer["invalid"]),
        tuple(tuple(row) for row in answer["mismatches"]),
        tuple(answer["beyond"]),
    )


def _run(task: bytes, seconds: int) -> tuple[int, bytes, bytes]:
    """(exit code, standard output, standard error); TimeoutExpired."""
    with subprocess.Popen(
        [sys.executable, "-I", "-m", "harness.gates.openapi"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # it reads what an agent wrote, and needs nothing of ours
        env={"LC_ALL": "C.UTF-8"},
        # a Ctrl-C at the terminal must not end it: that would be taken for what the document makes of it
        start_new_session=True,
    ) as process:
        try:
            with ending(process.kill):
                out, said = process.communicate(task, timeout=seconds)
        except BaseException:
            process.kill()
            raise
        return process.returncode, out, said
