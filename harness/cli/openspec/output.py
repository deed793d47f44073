"""What `harness openspec` writes: text, remarks on standard error, JSON as OpenSpec's tool lays it out."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

from harness.domain.display import escaped, visible
from harness.errors import HarnessError

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)")


class Failure(HarnessError):
    """A command ends without success; `code` names the kind, `fields` go in front of the report."""

    def __init__(self, code: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.code = code
        self.fields: dict[str, Any] = more.get("fields") or {}
        self.extra: dict[str, str] = more.get("extra") or {}
        """Fields of the one entry in `status`, such as target and fix."""
        self.shown: str | None = more.get("shown")
        """What a terminal is shown instead."""


def say(text: str = "", end: str = "\n") -> None:
    """A line on standard output; control characters that a document smuggled in are left out, and none is unseen."""
    sys.stdout.write(visible(_CONTROL.sub("", text)) + end)


def remark(text: str) -> None:
    """A line on standard error."""
    sys.stdout.flush()
    sys.stderr.write(visible(_CONTROL.sub("", text)) + "\n")
    sys.stderr.flush()


def dump(value: Any) -> None:
    """A value as JSON on standard output."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    text = text.encode("utf-8", errors="surrogatepass").decode("utf-8", errors="replace")
    sys.stdout.write(escaped(text) + "\n")


def report(failure: Failure, as_json: bool) -> int:
    """A failure, told; returns the exit code."""
    if as_json:
        status = {"severity": "error", "code": failure.code, "message": str(failure), **failure.extra}
        dump({**failure.fields, "status": [status]})
    else:
        remark(failure.shown if failure.shown is not None else told(failure))
    return 1


def told(failure: Failure) -> str:
    fix = failure.extra.get("fix")
    return f"✖ Error: {failure}" + (f"\nFix: {fix}" if fix else "")
