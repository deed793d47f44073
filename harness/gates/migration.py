"""Numbered migrations: what their names say, and what is wrong with how a branch numbers them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.domain.gate import Finding
from harness.gates.result import finding

_NAME = re.compile(
    r"(?P<kind>[VvUuRr]?)(?P<number>\d+(?:[._]\d+(?=[._]*__))*|(?<=[Rr])(?=__))"
    r"(?P<between>__|[_.-]|(?=[A-Z])|$)(?P<rest>.*)"
)
_DOWN = re.compile(r"(?:^|[._-])(?:down|undo|rollback|revert)(?:[._-]|$)", re.I)
_UP = re.compile(r"(?:^|[._-])(?:up)(?:[._-]|$)", re.I)
_REVISION = re.compile(rb"^\s*revision\s*(?::\s*str\s*)?=\s*[\"'](?P<own>[^\"']+)[\"']", re.M)
_CALLED = ("migration", "up", "down", "index")
_DATE, _STAMP = 8, 10
"""Digits from which on a number is a date, or a time."""
SUFFIXES = (".sql", ".py", ".ts", ".mts", ".cts", ".js", ".mjs", ".cjs", ".rb", ".go", ".php", ".xml", ".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of a migration."""

    path: str
    folder: str
    """Where its number counts: Django, for one, numbers each application's by themselves."""
    stem: str
    """The name without the number's direction, the same for both files of a pair."""
    label: str
    """Its number as it is compared: `1.2` of `V1_2__`."""
    number: int
    """-1 where its order is said elsewhere, as by Alembic."""
    sequential: bool
    down: bool
    repeatable: bool


def read(path: str, content: bytes = b"") -> Migration | None:
    """What a file's name says; None where it is no migration, such as a script that runs them."""
    folder, _, name = path.rpartition("/")
    if not name.endswith(SUFFIXES):
        return None
    stem = name[: name.rindex(".")]
    # Prisma and Diesel number the folder, and call each file in it the same.
    above, _, last = folder.rpartition("/")
    found = _NAME.fullmatch(last) if stem in _CALLED else None
    if found and found["number"]:
        return _numbered(found, path, above, stem == "down", found["rest"])
    found = _NAME.fullmatch(stem)
    if found:
        down = found["kind"] in ("U", "u") or bool(_DOWN.search(found["rest"]))
        return _numbered(found, path, folder, down, _UP.sub("", _DOWN.sub("", found["rest"])))
    if name.endswith(".py") and _REVISION.search(content):
        return Migration(path, folder, stem, "", -1, False, False, False)
    return None


def _numbered(found: re.Match[str], path: str, folder: str, down: bool, rest: str) -> Migration:
    digits = found["number"]
    repeatable = found["kind"] in ("R", "r") and not digits
    plain = digits.isdigit() and len(digits) < _STAMP and not _dated(digits)
    number = int(re.sub(r"\D", "", digits) or -1) if digits else -1
    # Several of one day are told apart by their names.
    label = "" if _dated(digits) else ".".join(str(int(part)) for part in re.findall(r"\d+", digits))
    return Migration(path, folder, rest, label, number, plain, down, repeatable)


def _dated(digits: str) -> bool:
    return len(digits) == _DATE and digits[:2] in ("19", "20") and "01" <= digits[4:6] <= "12"


def history(base: Mapping[str, tuple[str, str]], head: Mapping[str, tuple[str, str]]) -> list[Finding]:
    """What happened to migrations that the base has: `base` and `head` are path -> (mode, blob) of migrations."""
    out = []
    for path, entry in sorted(base.items()):
        if path not in head:
            text = "a migration that develop has is gone: databases that ran it can't forget it; add one that undoes it"
            out.append(finding("migrations-removed", text, path))
        elif head[path][1] != entry[1]:
            text = "a migration that develop has was changed: databases that ran it stay as they are; add another one"
            out.append(finding("migrations-edited", text, path, 1))
    return out


def numbering(base: Iterable[Migration], head: Iterable[Migration]) -> list[Finding]:
    """Numbers that the branch takes twice, leaves out, or puts before those that develop has."""
    before = {each.path for each in base}
    out: list[Finding] = []
    rows = [each for each in head if each.number >= 0 and not each.repeatable]
    for folder in sorted({each.folder for each in rows}):
        own = [each for each in rows if each.folder == folder]
        out += _twice(own, before)
        old = {each.number for each in own if each.path in before and each.sequential}
        new = sorted((each for each in own if each.path not in before and each.sequential), key=lambda m: m.number)
        out += _gaps(old, new)
    return out


def _twice(own: list[Migration], before: set[str]) -> list[Finding]:
    out = []
    for each in own:
        same = [
            other.path for other in own
            if other.label == each.label != "" and other.down == each.down and other.path != each.path
            and (other.path in before or other.path < each.path)
        ]  # fmt: skip
        if each.path not in before and same:
            out.append(finding("migrations-duplicate", f"its number is taken by {same[0]}", each.path))
    return out


def _gaps(old: set[int], new: list[Migration]) -> list[Finding]:
    out: list[Finding] = []
    last = max(old, default=-1)
    first = last < 0
    for each in new:
        if each.number in old or each.number == last:
            last = max(last, each.number)
            continue
        if each.number < last:
            text = f"its number comes before {last}, which databases have run already: number it {last + 1}"
            out.append(finding("migrations-order", text, each.path))
            continue
        if each.number != last + 1 and not (first and each.number == 1):
            wanted = 1 if first else last + 1
            out.append(finding("migrations-gap", f"the next number is {wanted}, not {each.number}", each.path))
        last, first = each.number, False
    return out
