"""Numbered migrations: what their names say, and what is wrong with how a branch numbers them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.domain.gate import Finding
from harness.gates.result import finding

_NAME = re.compile(
    r"(?P<kind>[VvUuRr]?|(?:[Mm]igration|[Vv]ersion|[Pp]atch|[Ss]tep|[Cc]hange(?:set|log)?|[Uu]pgrade|[Uu]pdate|[Rr]ev(?:ision)?|"
    r"[Dd]elta|[Ss]cript|[Ee]volution|[Aa]lter|[Rr]elease)[_.-]?|[a-z](?=\d{3,})|[a-z]{2}(?=\d{4,}))"
    r"(?P<number>\d+(?:\.\d+)+(?:_\d+(?=_))?(?!\d)|\d+(?:[._]\d+(?=[._]*__))*|(?<=[Rr])(?=__))"
    r"(?P<between>__|[_.-]|(?=[A-Z])|$)(?P<rest>.*)"
)
_DAY = re.compile(r"(?:19|20)\d\d[-_.](?:0[1-9]|1[0-2])[-_.](?:0[1-9]|[12]\d|3[01])(?=\D|$)")
_DOWN = re.compile(r"(?:^|[._-])(?:down|undo|rollback|revert)(?:[._-]|$)", re.I)
_UP = re.compile(r"(?:^|[._-])(?:up)(?:[._-]|$)", re.I)
_UNDOING = ("down", "downs", "undo", "rollback", "rollbacks", "revert", "reverts")
_DOING = ("up", "ups", "do", "deploy")
_ASIDE = re.compile(r"^(?:seeds?|fixtures?|data)$", re.I)
"""Folders below migrations whose files count by themselves."""
_SQUASHED = re.compile(r"squashed_(\d+)")
"""How Django calls one that stands for several, up to that number."""
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
    own = _REVISION.search(content) if name.endswith(".py") else None
    # Alembic goes by its own chain, whatever its files are called.
    if own and not (found and own["own"].decode(errors="replace") == found["number"]):
        return Migration(path, folder, stem, "", -1, False, False, False)
    if not found:
        return None
    undoing = last.lower() in _UNDOING
    down = undoing or found["kind"] in ("U", "u") or bool(_DOWN.search(found["rest"]))
    rest = _UP.sub("", _DOWN.sub("", found["rest"]))
    return _numbered(found, path, above if undoing or last.lower() in _DOING else folder, down, rest)


def _numbered(found: re.Match[str], path: str, folder: str, down: bool, rest: str) -> Migration:
    digits = found["number"]
    repeatable = found["kind"] in ("R", "r") and not digits
    dated = _dated(digits) or bool(_DAY.match(found.string[found.start("number") :]))
    plain = digits.isdigit() and len(digits) < _STAMP and not dated
    number = int(re.sub(r"\D", "", digits) or -1) if digits else -1
    squashed = _SQUASHED.match(rest)
    number = int(squashed[1]) if squashed else number
    # Several of one day are told apart by their names, and so is what stands for several.
    label = "" if dated or squashed else ".".join(str(int(part)) for part in re.findall(r"\d+", digits))
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
    rows = [each for each in head if each.number >= 0 and not each.repeatable]
    before = {each.path for each in base}
    home = _homes(rows, before)
    out: list[Finding] = []
    for folder in sorted(set(home.values())):
        own = [each for each in rows if home[each.path] == folder]
        out += _twice(own, before)
        old = {each.number for each in own if each.path in before and each.sequential}
        new = sorted((each for each in own if each.path not in before and each.sequential), key=lambda m: m.number)
        stamped = [each for each in own if each.path in before and not each.sequential and _dots(each.label) < 1]
        if new and not old and stamped:
            text = f"the others here are numbered by time, such as {stamped[-1].path}: it would come before them all"
            out += [finding("migrations-order", text, each.path) for each in new]
        else:
            out += _gaps(old, new)
        out += _late(own, before)
    return out


def _homes(rows: list[Migration], before: set[str]) -> dict[str, str]:
    """path -> the folder where its number counts: a folder below others' migrations goes on with their numbers,
    but for one that counts by itself on develop."""
    folders = {each.folder for each in rows if each.sequential}
    labels: dict[str, set[str]] = {}
    for each in rows:
        if each.path in before and each.sequential and not each.down:
            labels.setdefault(each.folder, set()).add(each.label)
    out = {}
    for each in rows:
        parts = each.folder.split("/")
        uppers = ["/".join(parts[:depth]) for depth in range(len(parts))]
        above = next((upper for upper in uppers if upper in folders), None)
        alone = any(map(_ASIDE.match, parts[-1:]))
        if above is not None:
            alone = alone or bool(labels.get(each.folder, set()) & labels.get(above, set()))
        out[each.path] = each.folder if above is None or alone or not each.sequential else above
    return out


def _dots(label: str) -> int:
    return label.count(".")


def _late(own: list[Migration], before: set[str]) -> list[Finding]:
    """Versions with dots that come before one that databases have run."""
    ordered = [each for each in own if each.label and not each.down and (each.sequential or _dots(each.label))]
    if not any(_dots(each.label) for each in ordered):
        return []

    def key(each: Migration) -> tuple[int, ...]:
        return tuple(map(int, each.label.split(".")))

    last = max((each for each in ordered if each.path in before), key=key, default=None)
    text = f"its number comes before that of {last.path}, which databases have run already" if last else ""
    late = [each for each in ordered if each.path not in before and last and key(each) < key(last)]
    return [finding("migrations-order", text, each.path) for each in late if _dots(each.label)]


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
