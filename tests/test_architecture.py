"""The code's own imports and shape, against the rules of docs/architecture.md. The tables hold the rules."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "harness"
MOST_LINES = 400
MOST_FUNCTION_LINES = 50

PURE = ("errors", "domain", "config")
ADAPTER = (*PURE, "ports")
MAY: dict[str, tuple[str, ...]] = {
    "errors": (),
    "domain": ("errors",),
    "config": ("errors", "domain"),
    "flow": PURE,
    "openspec": PURE,
    "ports": PURE,
    "consent": ("errors", "domain", "ports"),
    "world": (*PURE, "ports", "flow"),
    "engine": (*PURE, "ports", "flow", "world", "beside"),
    "journal": ADAPTER,
    "llm": ADAPTER,
    "workspace": (*ADAPTER, "openspec"),
    "sandbox": (*ADAPTER, "beside"),
    "tools": ADAPTER,
    "signing": ADAPTER,
    "trust": (*PURE, "ports", "flow", "signing"),
    "unix": (),
    "beside": (),
    "egress": (*ADAPTER, "unix"),
    "setup": ADAPTER,
    "equipment": (*PURE, "ports", "egress", "gates", "sandbox", "setup", "workspace"),
    "changes": ("errors", "openspec"),
    "nodetools": ("errors",),
    "gates": (*ADAPTER, "beside", "openspec", "unix", "nodetools"),
    "shipped": (),
    "prompting": ("errors", "domain"),
    "roles": ("errors", "domain"),
    "site": (*PURE, "ports", "flow", "journal", "llm", "workspace"),
    "peers": (*PURE, "openspec", "changes", "site", "workspace"),
    "specs": ("errors", "domain", "openspec", "peers", "site", "workspace"),
    "standing": (*PURE, "ports", "flow", "world", "journal", "shipped", "site", "trust"),
    "sweep": ("site", "sandbox", "workspace"),
    "consulting": (*PURE, "flow", "engine", "journal", "workspace", "site", "adapters", "app"),
    "rebasing": (
        "errors", "domain", "flow", "openspec", "journal", "workspace", "site", "adapters", "app", "peers", "specs",
    ),
    "replay": (
        *PURE, "ports", "flow", "world", "engine", "journal", "tools", "shipped", "prompting", "roles", "trust",
    ),
    "verify": (
        *PURE, "ports", "flow", "openspec", "journal", "workspace", "tools", "shipped", "prompting", "roles", "trust",
        "replay", "peers",
    ),
    "shelving": (*PURE, "flow", "journal", "workspace", "site", "adapters", "verify"),
    "demo": ("errors", "workspace"),
    "adapters": (
        *PURE, "ports", "openspec", "journal", "workspace", "sandbox", "gates", "site", "equipment", "consent", "specs",
    ),
    "reuse": (*PURE, "ports", "flow", "beside", "journal", "gates", "sandbox", "adapters"),
    "app": (
        *PURE, "ports", "flow", "world", "engine", "journal", "llm", "workspace", "tools", "gates", "shipped",
        "prompting", "roles", "site", "trust", "standing", "consent", "sweep", "adapters", "peers", "reuse",
    ),
    "measuring": (
        *PURE, "ports", "flow", "beside", "gates", "workspace", "site", "consent", "sweep", "adapters", "reuse",
    ),
    "numbered": (*PURE, "ports", "flow", "engine", "llm", "workspace", "site", "adapters", "app"),
    "pytest_plugin": ("errors", "replay"),
    "cli": (
        *PURE, "ports", "flow", "world", "journal", "workspace", "sandbox", "shipped", "prompting", "site", "standing",
        "replay", "demo", "app", "numbered", "trust", "verify", "openspec", "changes", "consent", "sweep", "consulting",
        "adapters", "shelving", "nodetools", "measuring", "peers", "rebasing",
    ),
    "__main__": ("cli",),
}  # fmt: skip
"""part of the package -> the parts that it may import, its own folder apart. The engine names no adapter, an adapter
names no other; `app` puts them together."""

BEHIND: dict[str, tuple[str, ...]] = {
    "anthropic": ("llm/claude.py",),
    "httpx2": ("llm/claude.py",),
    "git": ("workspace/checkout.py",),
    "jinja2": ("prompting.py",),
    "markupsafe": ("prompting.py",),
    "yaml": ("gates/document.py", "changes/yaml.py"),
    "openapi_spec_validator": ("gates/openapi.py",),
    "openapi_schema_validator": ("gates/openapi.py",),
    "jsonschema_path": ("gates/openapi.py",),
    "referencing": ("gates/openapi.py",),
    "pathspec": ("equipment.py",),
    "pytest": ("pytest_plugin.py",),
    "rich": ("cli/render.py",),
    "click": ("cli/*.py", "cli/openspec/__init__.py"),
    "pydantic": ("*.py",),
}
"""package of others -> the files that may import it"""

LATE: dict[str, tuple[tuple[str, ...], str]] = {
    "__main__.py": (("harness.cli.main",), "a child that only needs the package does not load the command line"),
    "adapters.py": (
        ("harness.specs", "harness.workspace.outside", "harness.workspace.repo"),
        "`harness gate` neither follows specs nor moves a branch, and asked twice it costs what it loads",
    ),
    "equipment.py": (
        ("harness.egress.outlet", "pathspec"),
        "only a role's first tool call, or a set-up that is run, needs them",
    ),
    "workspace/checkout.py": (("git",), "70 ms, and only what moves the user's own files or asks a remote needs it"),
    "llm/connect.py": (("harness.llm.claude",), "the SDK costs half a second, and only a live call needs it"),
    "gates/document.py": (("yaml",), "35 ms, and many a run reads no YAML before it has paid for its first answer"),
    "changes/yaml.py": (("yaml",), "20 ms, and the files of most repositories are plain lines that need no parser"),
    "cli/openspec/__init__.py": (
        ("harness.cli.openspec.dispatch",),
        "the documentation loads every command to describe it, and none of OpenSpec's",
    ),
    "cli/openspec/archive.py": (
        ("harness.cli.openspec.approved",),
        "only a git repository may have a record of the harness's, and only that needs to be read",
    ),
    "cli/openspec/validate.py": (
        ("harness.cli.openspec.together",),
        "OpenSpec's own rules need neither the journal nor git, and are to answer fast",
    ),
    "pytest_plugin.py": (
        ("harness.errors", "harness.replay"),
        "pytest loads the plugin in every project of the environment, and most never replay",
    ),
    "cli/main.py": (
        ("harness.domain.display", "harness.domain.secret", "harness.errors"),
        "`harness --help` loads nothing but click",
    ),
    "cli/show.py": (("harness.cli.words",), "the timeline is shown without a template"),
    "cli/decide.py": (("harness.app", "harness.cli.minutes"), "`harness answer --help` does not load the adapters"),
    "cli/review.py": (("harness.cli.live", "harness.numbered"), "`harness review --help` does not load the adapters"),
    "cli/gate.py": (
        ("harness.cli.junit", "harness.cli.sarif", "harness.measuring"),
        "`harness gate --help` does not load the adapters",
    ),
    "cli/release.py": (("harness.cli.live", "harness.numbered"), "`harness release --help` does not load the adapters"),
    "cli/consult.py": (
        (
            "harness.adapters", "harness.app", "harness.cli.ceo", "harness.consulting", "harness.workspace.checkout",
            "harness.workspace.git",
        ),
        "`harness consult --help` does not load the adapters",
    ),
    "cli/rebase.py": (("harness.rebasing",), "`harness rebase-spec --help` does not load the adapters"),
    "cli/accept.py": (("harness.adapters", "harness.app"), "`harness accept --help` does not load the adapters"),
    "cli/run.py": (
        ("harness.app", "harness.cli.closed", "harness.cli.live", "harness.cli.minutes", "harness.journal.jsonl"),
        "`harness run --help` does not load the adapters",
    ),
    "cli/demo.py": (
        (
            "dataclasses", "harness.app", "harness.cli.live", "harness.demo.lay", "harness.domain.event",
            "harness.journal.jsonl", "harness.replay", "harness.sandbox.probe", "harness.site",
        ),
        "`harness demo --help` does not load the adapters, nor does a machine without a sandbox load the live ones",
    ),
    "cli/render.py": (
        ("harness.cli.ending", "rich.live"),
        "`harness status` neither draws a live view nor ends a run",
    ),
    "demo/lay.py": (("importlib.util",), "only asked for when the sample's own tools are looked for"),
}  # fmt: skip
"""file -> (what it imports inside a function, why)"""

PRINTS: dict[str, str] = {
    "cli/render.py": "the screen",
    "cli/openspec/output.py": "another tool's output, to the letter: rich would wrap and colour it",
    "cli/main.py": "the one sentence of an error, where render may not even be importable",
    "sandbox/attack.py": "a program of its own: it runs inside the sandbox and reports through a pipe",
    "gates/openapi.py": "a program of its own: it runs as a child and reports through a pipe",
}
"""file -> why it may write to standard output or standard error"""

ASYNCHRONOUS: dict[str, str] = {"sandbox/relay.py": "a program of its own: it joins sockets inside the sandbox"}
"""file -> why it is not synchronous, as all the rest is"""


@dataclass(frozen=True, slots=True)
class Import:
    """One imported module, by its full name."""

    file: str
    line: int
    module: str
    late: bool

    def __str__(self) -> str:
        return f"harness/{self.file}:{self.line} imports {self.module}"


@cache
def sources() -> dict[str, ast.Module]:
    """path below harness/ -> its syntax tree; the packaged sample is data, not code of ours."""
    files = [path for path in PACKAGE.rglob("*.py") if "service" not in path.relative_to(PACKAGE).parts[:2]]
    return {path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_bytes()) for path in sorted(files)}


@cache
def imports() -> tuple[Import, ...]:
    return tuple(found for file, tree in sources().items() for found in imports_of(file, tree))


def imports_of(file: str, tree: ast.Module) -> Iterator[Import]:
    """Every import of a file, those inside functions marked as late."""
    inside = {
        id(inner)
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(outer)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [whole(node, alias.name) for alias in node.names]
        else:
            continue
        for name in names:
            yield Import(file, node.lineno, name, id(node) in inside)


def whole(node: ast.ImportFrom, name: str) -> str:
    """The module that `from … import name` loads: `name` itself where that is a module of ours."""
    assert node.level == 0, "imports are absolute"
    module = node.module or ""
    below = ROOT.joinpath(*module.split("."), name)
    return f"{module}.{name}" if below.is_dir() or below.with_suffix(".py").is_file() else module


def part(file: str) -> str:
    """The part of the package that a file belongs to: its folder, or itself at the top."""
    return file.split("/")[0].removesuffix(".py")


def ours() -> Iterator[tuple[Import, str]]:
    """(import, the part that it loads) of everything that one part takes from another."""
    for found in imports():
        names = found.module.split(".")
        if names[0] == "harness" and len(names) > 1 and names[1] != part(found.file):
            yield found, names[1]


def upward(found: Iterator[tuple[Import, str]]) -> list[str]:
    return [f"{each}: {part(each.file)} may not import {to}" for each, to in found if to not in MAY[part(each.file)]]


def test_every_part_has_a_place() -> None:
    assert {part(file) for file in sources()} - {"__init__"} == set(MAY)


def test_the_layers_have_no_cycle() -> None:
    assert list(TopologicalSorter(MAY).static_order())


def test_imports_go_downward_only() -> None:
    assert upward(ours()) == []


def test_no_allowance_is_unused() -> None:
    """What nobody imports is not allowed for later: the table says what the code does."""
    used = {(part(found.file), to) for found, to in ours()}
    layers = {"errors", "domain", "config", "flow", "ports", "world"}
    assert [f"{a} -> {b}" for a, row in MAY.items() for b in row if b not in layers and (a, b) not in used] == []


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("engine/drive.py", "from harness.llm.claude import Claude"),
        ("engine/drive.py", "import harness.app"),
        ("gates/lint.py", "from harness.sandbox import bwrap"),
        ("domain/gate.py", "from harness.config import Config"),
        ("journal/sqlite.py", "from harness import world"),
    ],
)
def test_a_wrong_import_is_seen(file: str, line: str) -> None:
    (found,) = imports_of(file, ast.parse(line))
    assert upward(iter([(found, found.module.split(".")[1])]))


def test_heavy_packages_stay_behind_their_adapter() -> None:
    wrong = []
    for found in imports():
        package = found.module.split(".")[0]
        if package == "harness" or package in sys.stdlib_module_names:
            continue
        if not any(Path(found.file).match(glob) for glob in BEHIND.get(package, ())):
            wrong.append(str(found))
    assert wrong == []


def test_each_package_is_still_used() -> None:
    used = {found.module.split(".")[0] for found in imports()}
    assert sorted(set(BEHIND) - used) == []


def test_late_imports_are_listed() -> None:
    late: dict[str, set[str]] = {}
    for found in imports():
        if found.late:
            late.setdefault(found.file, set()).add(found.module)
    assert late == {file: set(names) for file, (names, _) in LATE.items()}


def test_only_the_screen_prints() -> None:
    printing = {file for file, tree in sources().items() if any(prints(node) for node in ast.walk(tree))}
    assert printing == set(PRINTS)


def prints(node: ast.AST) -> bool:
    """Whether a call writes to a standard stream: print, click.echo, or anything that is handed the stream."""
    if not isinstance(node, ast.Call):
        return False
    name = ast.unparse(node.func)
    if name in ("print", "click.echo", "click.secho", "sys.stdout.write", "sys.stderr.write"):
        return True
    return name != "print" and any(ast.unparse(given) in ("sys.stdout", "sys.stderr") for given in node.args)


@pytest.mark.parametrize("text", ["print(1)", "click.echo('x')", "json.dump({}, sys.stdout)", "sys.stderr.write('x')"])
def test_printing_is_seen(text: str) -> None:
    assert any(prints(node) for node in ast.walk(ast.parse(text)))


def test_files_are_short() -> None:
    lengths = {file: len((PACKAGE / file).read_text(encoding="utf-8").splitlines()) for file in sources()}
    assert {file: lines for file, lines in lengths.items() if lines > MOST_LINES} == {}


def test_functions_are_short() -> None:
    long = {
        f"{file}:{node.lineno} {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for file, tree in sources().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: lines for name, lines in long.items() if lines > MOST_FUNCTION_LINES} == {}


def test_nothing_is_asynchronous() -> None:
    kinds = ast.AsyncFunctionDef | ast.AsyncFor | ast.AsyncWith | ast.Await
    found = {file for file, tree in sources().items() if any(isinstance(node, kinds) for node in ast.walk(tree))}
    assert found == set(ASYNCHRONOUS)


def test_every_module_says_what_it_is_for() -> None:
    assert [file for file, tree in sources().items() if tree.body and not ast.get_docstring(tree)] == []
