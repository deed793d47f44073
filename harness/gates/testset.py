"""The tests of a tree: their files, what these say, and which of them a report speaks of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from harness.config import Config
from harness.gates import jstests, pytests
from harness.gates.collected import begins
from harness.gates.junit import Case
from harness.gates.sources import JAVASCRIPT, PYTHON, TYPESCRIPT, production, test
from harness.gates.testcase import Test
from harness.gates.title import Title, titled
from harness.ports import Bench, Subject

SCRIPT = tuple(f".{suffix}" for suffix in (*TYPESCRIPT, *JAVASCRIPT))
MODULE = tuple(f".{suffix}" for suffix in PYTHON)
_FOLDERS = frozenset({"tests", "test", "__tests__", "__mocks__", "__fixtures__", "__snapshots__", "spec", "fixtures"})


@dataclass(frozen=True, slots=True)
class Testset:
    """All tests of one tree."""

    files: Mapping[str, bytes]
    """Every file of the tests, helpers included."""
    support: frozenset[str]
    """Paths of what else lies in the folders of tests: data, snapshots, configuration."""
    tests: tuple[Test, ...]
    broken: Mapping[str, str] = field(default_factory=dict)
    """path -> why it can't be read."""
    begins: tuple[str, ...] = pytests.USUAL
    """How functions of Python begin that are tests."""

    def holding(self) -> frozenset[str]:
        """The files that hold a test."""
        return frozenset(test.path for test in self.tests)


def testset(bench: Bench, tree: str, config: Config) -> Testset:
    """The tests of `tree`, read once."""
    return bench.once(("testset", tree, config.digest), lambda: _read(bench, tree, config))


def _read(bench: Bench, tree: str, config: Config) -> Testset:
    paths = [path for path, (mode, _) in bench.paths(tree).items() if mode in ("100644", "100755")]
    files = {path: bench.read(tree, path) or b"" for path in sorted(paths) if test(path, config)}
    own = [path for path in paths if production(path, config)]
    support = _support(files, own, paths, lambda path: bench.read(tree, path) or b"")
    named = begins(bench, tree)
    python, broken = pytests.read(*_parted(MODULE, files, paths, lambda path: bench.read(tree, path)), named)
    script, more = jstests.read(*_parted(SCRIPT, files, own, lambda path: bench.read(tree, path)))
    return Testset(files, support, (*python, *script), {**broken, **more}, named)


def _support(
    files: Mapping[str, bytes], own: Iterable[str], paths: Iterable[str], read: Callable[[str], bytes]
) -> frozenset[str]:
    """What lies in folders of tests, by their names or because no code of `own` does; and what lies beside tests that
    name it and is named by no such code."""
    folders = {path.rpartition("/")[0] for path in files} - {""}
    shared = {"/".join(path.split("/")[:depth]) for path in own for depth in range(1, path.count("/") + 1)}
    below = [(path, each) for path in {*paths} - {*files, *own} for each in folders if path.startswith(f"{each}/")]
    code = (*SCRIPT, *MODULE)
    found = {path for path, _ in below if _FOLDERS & {*path.split("/")[:-1]}}
    found |= {path for path, each in below if each not in shared and not path.endswith(code)}
    beside = {path: path.rpartition("/")[2].encode() for path, _ in below if path not in found}
    said = b"\0".join(files.values()) if beside else b""
    beside = {path: name for path, name in beside.items() if name in said and not path.endswith(code)}
    shipped = b"\0".join(map(read, own)) if beside else b""
    return frozenset(found | {path for path, name in beside.items() if name not in shipped})


def _parted(
    ends: tuple[str, ...], files: Mapping[str, bytes], paths: Iterable[str], read: Callable[[str], bytes | None]
) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """(the test files of one language, the other files of it)."""
    beside = {path: read(path) or b"" for path in paths if path.endswith(ends) and path not in files}
    return {path: data for path, data in files.items() if path.endswith(ends)}, beside


def before(subject: Subject, bench: Bench) -> str:
    """The base as it is measured: the tree under test itself where nothing differs, so that nothing is run twice."""
    return subject.base if bench.changed(subject.base, subject.tree) else subject.tree


def located(cases: Iterable[Case], tests: Testset) -> dict[str, list[Case]]:
    """path of a test file -> the cases of a report that are of it. A case that no file can be found for is left out."""
    known = tests.holding() | {path for path in tests.files if path.endswith(MODULE)}
    dotted = {path.rpartition(".")[0].replace("/", "."): path for path in known if path.endswith(MODULE)}
    titles = [(test, titled(test.name.rpartition(" > ")[2])) for test in tests.tests if test.path.endswith(SCRIPT)]
    out: dict[str, list[Case]] = {}
    places: dict[tuple[str, str, str], str] = {}
    for case in cases:
        group = case.name.rpartition("::")[0]
        key = (case.file, case.suite, group)
        if key not in places:
            places[key] = _by_name(case, group, known, dotted)
        path = places[key]
        paths = [path] if path else list(dict.fromkeys(test.path for test, title in titles if _is(title, case)))
        for each in paths:
            out.setdefault(each, []).append(case)
    return out


def _by_name(case: Case, group: str, known: frozenset[str], dotted: Mapping[str, str]) -> str:
    """The file that a case's attributes name, or ''."""
    for said in (case.file, group, *case.suite.split(" > ")):
        plain = said.removeprefix("/repo/").removeprefix("./")
        if plain in known:
            return plain
        ends = [path for path in known if plain.endswith(f"/{path}") or (plain and path.endswith(f"/{plain}"))]
        if len(ends) == 1:
            return ends[0]
    words = group.split(".")
    for count in range(len(words), 0, -1):
        name = ".".join(words[:count])
        if name in dotted:
            return dotted[name]
        ends = [path for module, path in dotted.items() if module.endswith(f".{name}")]
        if len(ends) == 1:
            return ends[0]
    return ""


def _is(title: Title, case: Case) -> bool:
    return title.within(case.name.rpartition("::")[2])


def of_case(case: Case, path: str, tests: Testset) -> list[Test]:
    """The tests of a file that a case of a report is of; all of the same name, where a name is there twice."""
    short = case.name.rpartition("::")[2]
    own = [test for test in tests.tests if test.path == path]
    if path.endswith(MODULE):
        group = case.name.rpartition("::")[0].rpartition(".")[2]
        found = [test for test in own if test.name.rpartition("::")[2] == short.partition("[")[0]]
        return [test for test in found if test.name.rpartition("::")[0].rpartition("::")[2] == group] or found
    # reports of jest and mocha have the groups and the title with nothing but a space between
    return [
        test
        for test in own
        if titled(test.name.rpartition(" > ")[2]).whole(short.rpartition(" > ")[2])
        or titled(test.name.replace(" > ", " ")).whole(short.strip())
    ]
