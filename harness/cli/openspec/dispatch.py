"""From a command line to the command that answers it; each is loaded when it is called."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

from harness.changes.files import Unusable
from harness.changes.root import find
from harness.cli.openspec.grammar import Call, Help, Misused, parse
from harness.cli.openspec.output import Failure, remark, report, say

VERSION = "1.13.2"
"""The version of OpenSpec that this is compatible with."""
MODULES = {
    "list": "listing", "archive": "archive", "validate": "validate", "show": "show", "status": "status",
    "instructions": "instructions", "new change": "create", "change show": "show", "change list": "listing",
    "change validate": "validate", "spec show": "show", "spec list": "listing", "spec validate": "validate",
    "schema validate": "schema", "schema which": "schema", "schemas": "schema", "templates": "schema",
}  # fmt: skip
"""command -> module in this folder"""
CODES = {
    "schemas": "schemas_error", "list": "list_error", "validate": "validate_error", "show": "show_error",
    "archive": "archive_error",
}  # fmt: skip
"""command -> how an error without a code of its own is called"""
OLD = {
    "change": '"openspec change ..." commands are deprecated. Prefer verb-first commands (e.g., "openspec list", '
    '"openspec validate --changes").',
    "spec": '"openspec spec ..." commands are deprecated. Prefer verb-first commands (e.g., "openspec show", '
    '"openspec validate --specs").',
}


def run(args: list[str]) -> int:
    """Answer a command line; returns the exit code."""
    own = args[: args.index("--")] if "--" in args else args
    if any(word == "--version" or (word.startswith("-V") and not word.startswith("--")) for word in own):
        say(VERSION)
        return 0
    try:
        call = parse(args)
    except Help as asked:
        say(str(asked), end="")
        return 0
    except Misused as error:
        remark(str(error).rstrip("\n"))
        return 1
    first = call.command.split()[0]
    if first in OLD:
        remark(f"Warning: The {OLD[first]}")
    elif first == "schema":
        remark("Note: Schema commands are experimental and may change.")
    module = importlib.import_module(f"harness.cli.openspec.{MODULES[call.command]}")
    answer: Callable[[Call, Path], int] = module.answer
    try:
        return answer(call, Path.cwd())
    except Failure as failure:
        return report(failure, call.on("json"))
    except Unusable as error:
        return _unusable(call, str(error))


def _unusable(call: Call, message: str) -> int:
    if call.command.startswith(("change ", "spec ", "schema ")):
        remark(f"Error: {message}")
        return 1
    known: dict[str, dict[str, object]] = {
        "archive": {"archive": None, "root": find(Path.cwd()).json()},
        "new change": {"change": None},
        "list": {"specs" if call.on("specs") else "changes": [], "root": None},
        "schemas": {"schemas": [], "root": None},
        "status": {"changes": [], "root": None} if call.on("all") else {},
    }
    fields = known.get(call.command, {})
    code = CODES.get(call.command, "change_error")
    return report(Failure(code, message, fields=fields), call.on("json") and call.command != "templates")
