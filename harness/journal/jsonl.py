"""Transcripts: a journal as lines of JSON, behind one line that says what it is. No header, no key is in it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from harness.domain.event import Answered, Entry
from harness.errors import Broken, Mistake
from harness.journal.chain import Row, entries

FORMAT = "harness-transcript"


def dump(rows: Iterable[Row], run: str, version: str, note: str = "") -> Iterable[str]:
    """The lines of a transcript of `run`, the stored text unchanged."""
    kept = list(rows)
    found = entries(kept, f"the journal of {run}")
    models = {
        str(e.event.answer.get("model"))
        for e in found
        if isinstance(e.event, Answered) and e.event.kind == "model" and isinstance(e.event.answer, dict)
    }
    head = {"format": FORMAT, "v": 1, "run": run, "harness": version, "answered_by": sorted(models), "note": note}
    yield json.dumps(head)
    for row in kept:
        yield json.dumps(row)


def load(path: Path) -> tuple[dict[str, object], list[Entry]]:
    """(head, entries) of the transcript in `path`; Mistake if there is none, Broken if it does not hold."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise Mistake(f"there is no transcript {path}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise Mistake(f"the transcript {path} can't be read: {error}") from error
    return parse(text, str(path))


def parse(text: str, where: str) -> tuple[dict[str, object], list[Entry]]:
    """(head, entries) of the transcript `text` that was found `where`; Broken if it does not hold."""
    lines = text.splitlines()
    try:
        head = json.loads(lines[0])
        rows = [tuple(json.loads(line)) for line in lines[1:]]
    except (ValueError, IndexError) as error:
        raise Broken(f"{where} is not a transcript: {error}") from error
    if not isinstance(head, dict) or head.get("format") != FORMAT or any(len(row) != 4 for row in rows):
        raise Broken(f"{where} is not a transcript")
    return head, entries(((int(a), int(b), str(c), str(d)) for a, b, c, d in rows), where)
