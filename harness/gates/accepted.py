"""Tests of the base that a change alters: what is no finding is accepted by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.gates import pytests
from harness.gates.moved import Moves, followed, moves
from harness.gates.testcase import Test, by_key, only_more, weaker
from harness.gates.testset import MODULE, Testset, before, testset
from harness.openspec.delta import parse
from harness.ports import Bench, Subject

MOST_BYTES = 1 << 20
CHANGED = "regression-changed"
"""The rule of what is no finding by itself: the base's own version is run."""
KIND = "test"
"""The kind of item in the architecture list."""


@dataclass(frozen=True, slots=True)
class Altered:
    """A test of the base that the branch took away or weakened."""

    rule: str
    path: str
    line: int
    name: str
    what: str

    @property
    def text(self) -> str:
        return f"{self.name} {self.what}"


def altered(subject: Subject, bench: Bench) -> list[Altered]:
    """What the sources of the tests say, with nothing run: tests of the base that were removed, renamed, skipped,
    weakened or changed in more than what was added, and files of theirs that they use."""
    tree = before(subject, bench)
    if tree == subject.tree:
        return []
    key = ("altered", tree, subject.tree, subject.config.digest)
    return bench.once(key, lambda: _altered(tree, subject, bench))


def _altered(tree: str, subject: Subject, bench: Bench) -> list[Altered]:
    old, new = testset(bench, tree, subject.config), testset(bench, subject.tree, subject.config)
    was, now = by_key(_read(old, moves(tree, subject, bench))), by_key(new.tests)
    fresh = [test for key, test in now.items() if key not in was]
    out = [found for key, test in was.items() for found in _row(test, now.get(key), fresh, new)]
    if not any(test.only for test in old.tests):
        what = "keeps the tests beside it from being run"
        out += [Altered("regression-only", t.path, t.line, t.name, what) for t in new.tests if t.only]
    used = (old.support | {*old.files}) - old.holding()
    changed = bench.changed(tree, subject.tree)
    what = "changed, and tests of the base may use it"
    out += [Altered(CHANGED, path, 0, path.rpartition("/")[2], what) for path in used if path in changed and old.tests]
    return sorted(out, key=lambda row: (row.path, row.line, row.name))


def _read(old: Testset, found: Moves) -> Sequence[Test]:
    """The base's tests, as they say it of what is elsewhere now."""
    if not found.names:
        return old.tests
    files = {path: data or b"" for path, data in followed(old.files, found).items() if path.endswith(MODULE)}
    return [*pytests.read(files, begins=old.begins)[0], *(test for test in old.tests if not test.path.endswith(MODULE))]


def _row(before: Test, after: Test | None, fresh: list[Test], new: Testset) -> list[Altered]:
    place = before.path, after.line if after else 0, before.name
    if before.path in new.broken:
        return []
    if after is None:
        if any(each.name == before.name and not weaker(before, each) for each in fresh):
            return []
        what = "was removed or renamed" if before.path in new.files else "was removed with its file"
        return [Altered("regression-removed", *place, what)]
    if after.skipped and not before.skipped:
        return [Altered("regression-skipped", *place, "was not skipped on the base and is now")]
    if after.shadowed and not before.shadowed:
        what = "is there a second time now, which takes its place: only the last one of a name is run"
        return [Altered("regression-weakened", *place, what)]
    if how := weaker(before, after):
        return [Altered("regression-weakened", *place, f"asserts less than on the base: {how}")]
    return [] if only_more(before, after) else [Altered(CHANGED, *place, "was changed")]


def items(subject: Subject, bench: Bench) -> list[str]:
    """The altered tests, as sentences; where no approved delta modifies or removes a requirement, those alone that are
    no finding and whose own text was changed: all others are never let through.
    """
    rows = altered(subject, bench)
    if not requirements(subject, bench):
        rows = [row for row in rows if row.rule == CHANGED and row.line]
    return [f"{KIND}: {row.path} {row.text}" for row in rows]


def requirements(subject: Subject, bench: Bench) -> tuple[str, ...]:
    """Names of the requirements that the approved delta modifies, removes or renames."""
    if not subject.lock:
        return ()
    root = f"{subject.change.folder}/specs/"
    out: list[str] = []
    for path in sorted(bench.paths(subject.tree)):
        if path.startswith(root) and path.endswith("/spec.md"):
            data = bench.read(subject.tree, path) or b""
            delta = parse(data[:MOST_BYTES].decode("utf-8", "replace"))
            out += [requirement.name for section in ("MODIFIED", "REMOVED") for requirement in delta.of(section)]
    return tuple(out)
