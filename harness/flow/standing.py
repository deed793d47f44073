"""What configures the harness in a repository: what it means, apart from how it is written, and what changed in it."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from harness.domain.digest import canonical, digest

LONGEST = 160
"""Characters of one value in a difference."""
ABSENT = "not set"
_BARE = re.compile(r"[A-Za-z0-9_-]+")
Files = Mapping[str, str]
"""path -> text of harness.toml and of the repository's own roles and prompts."""


def subject(branch: str, files: Files, level: int) -> str:
    """Digest of what the CEO accepts: comments and layout of a TOML file mean nothing, each byte of a prompt does."""
    means = {path: meaning(path, text) for path, text in files.items()}
    return digest({"branch": branch, "configuration": means, "level": level})


def same(one: Files, other: Files) -> bool:
    """Whether two configurations mean the same."""
    return subject("", one, 0) == subject("", other, 0)


def meaning(path: str, text: str) -> Any:
    """A TOML file as key -> value, nested keys joined by dots; any other file, and one that is no TOML, as its text."""
    if not path.endswith(".toml"):
        return text
    try:
        return _flat(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError):
        return text


def _flat(table: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """`table` without its nesting; an empty table stays, since it may stand in a default's place."""
    found: dict[str, Any] = {}
    for name, value in table.items():
        key = above + (name if _BARE.fullmatch(name) else json.dumps(name))
        if isinstance(value, dict) and value:
            found |= _flat(value, f"{key}.")
        else:
            found[key] = json.loads(json.dumps(value, default=str))
    return found


def differences(was: Files, now: Files, shipped: Files) -> list[str]:
    """What changed from `was` to `now`, one line each; a file that the repository lacks is the one that ships."""
    found: list[str] = []
    for path in sorted({*was, *now}, key=lambda name: ("/" in name, name)):
        old, new = was.get(path, shipped.get(path)), now.get(path, shipped.get(path))
        if path in was and path in now and same({path: was[path]}, {path: now[path]}):
            continue
        if path not in now:
            found.append(f"{path}: taken away" + ("; what ships counts again" if path in shipped else ""))
        elif path not in was:
            found.append(f"{path}: new" + ("; it takes the place of what ships" if path in shipped else ""))
        found += [f"  {line}" if path not in now or path not in was else line for line in _changes(path, old, new)]
    return found


def _changes(path: str, old: str | None, new: str | None) -> list[str]:
    """How one file differs: by key where it is TOML, by lines otherwise."""
    before, after = (meaning(path, text) if text is not None else {} for text in (old, new))
    if not isinstance(before, dict) or not isinstance(after, dict):
        return [f"{path}: {_lines(old or '', new or '')}"]
    names = dict.fromkeys([*before, *after])
    rows = [(name, before.get(name), after.get(name)) for name in names]
    return [
        f"{path}: {name}: {_told(name in before, a)} → {_told(name in after, b)}"
        for name, a, b in rows
        if canonical(a) != canonical(b)
    ]


def _told(there: bool, value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False) if there else ABSENT
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"


def _lines(old: str, new: str) -> str:
    rows = list(difflib.ndiff(old.splitlines(), new.splitlines())) if len(old) + len(new) < 200_000 else []
    added, gone = sum(row.startswith("+ ") for row in rows), sum(row.startswith("- ") for row in rows)
    if not rows:
        return f"{len(new)} characters in the place of {len(old)}"
    return f"lines added: {added}, taken away: {gone}" if added or gone else "the same lines, other line ends"


def patch(was: Files, now: Files, shipped: Files) -> list[str]:
    """The same as lines of a unified diff, file by file."""
    found: list[str] = []
    for path in sorted({*was, *now}):
        old, new = was.get(path, shipped.get(path, "")), now.get(path, shipped.get(path, ""))
        found += difflib.unified_diff(
            old.splitlines(), new.splitlines(), f"accepted/{path}", f"waiting/{path}", lineterm=""
        )
    return found
