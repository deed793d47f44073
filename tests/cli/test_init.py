"""harness init and harness new: what they write, what they keep, and exactly what they commit."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from harness.cli.bootstrap import PATHS
from harness.cli.detect import detect
from harness.cli.legacy import lowered
from harness.cli.settings import settings
from harness.config import Setup, parse
from harness.domain.permission import matches
from harness.site import site
from harness.workspace.git import Git
from tests import target
from tests.cli.conftest import Shell

Make = Callable[..., Shell]
LEGACY_CONFIG = '[commands]\nunit = "python3 summary.py {out}"\n'
LEGACY = {
    "app.js": "module.exports = 1\n",
    "summary.py": """
import json, pathlib, sys
assert not pathlib.Path("later.py").exists()
total = {m: {"total": 100, "covered": n, "pct": n} for m, n in
         {"statements": 60, "branches": 50, "functions": 90, "lines": 60}.items()}
pathlib.Path(sys.argv[1], "coverage-summary.json").write_text(json.dumps({"total": total, "app.js": total}))
""",
}


def begun(make: Make, branch: str = "main") -> Shell:
    sh = make(branch)
    sh.write("README.md", "# Sample\n")
    sh.git("add", ".")
    sh.git("commit", "-qm", "docs: begin")
    return sh


def test_without_consent_nothing_is_committed_but_develop_is_made(shell: Make) -> None:
    sh = begun(shell)
    said = sh.harness("init")
    assert sh.git("rev-parse", "develop") == sh.git("rev-parse", "main")
    assert all(f"wrote {path}" in said and (sh.top / path).is_file() for path in PATHS)
    assert "sample" in (sh.top / "TBC/charter.md").read_text()
    assert sh.git("status", "--porcelain").count("??") == 3


def test_the_commit_holds_exactly_the_files_and_leaves_the_index_right(shell: Make) -> None:
    sh = begun(shell, "develop")
    sh.write("staged", "s\n")
    sh.git("add", "staged")
    sh.write("loose", "l\n")
    sh.write("README.md", "# Sample\n\nEdited.\n")
    sh.harness("init", "--commit")
    assert sorted(sh.git("diff", "--name-only", "HEAD~1", "HEAD").splitlines()) == sorted(PATHS)
    assert sh.git("status", "--porcelain").splitlines() == ["M README.md", "A  staged", "?? loose"]
    assert sh.git("show", "-s", "--format=%an <%ae> %cn") == "Ada <ada@example.org> Ada"
    assert sh.git("for-each-ref", "refs/harness") == ""


def test_the_root_commit_of_an_empty_repository(shell: Make) -> None:
    sh = shell("trunk")
    sh.write("mine", "m\n")
    sh.git("add", "mine")
    sh.harness("init", "--no-commit")
    assert "your branch now" in sh.harness("init", "--commit")
    assert sh.git("symbolic-ref", "--short", "HEAD") == "develop"
    assert sh.git("status", "--porcelain") == "A  mine"
    assert sh.git("rev-list", "--count", "HEAD") == "1"
    assert "develop has everything" in sh.harness("init")


def test_on_another_branch_that_branch_stays_as_it_is(shell: Make) -> None:
    sh = begun(shell)
    said = sh.harness("init", "--commit")
    assert "you are on main" in said and "git switch develop" in said
    assert sh.git("ls-tree", "-r", "--name-only", "main") == "README.md"
    assert set(PATHS) < set(sh.git("ls-tree", "-r", "--name-only", "develop").splitlines())


def test_in_a_linked_working_tree_its_own_index_is_the_one_that_is_told(shell: Make) -> None:
    sh = begun(shell)
    sh.git("worktree", "add", "-q", "-b", "develop", "../linked")
    linked = Shell(sh.top.parent / "linked", sh.env)
    linked.harness("init", "--commit")
    assert linked.git("status", "--porcelain") == "" and sh.git("status", "--porcelain") == ""
    assert sh.git("rev-list", "--count", "main..develop") == "1"


def test_what_is_there_is_kept_and_its_develop_is_used(shell: Make) -> None:
    sh = begun(shell)
    own = '[git]\ndevelop = "next"\n'
    sh.write("harness.toml", own)
    assert "kept  harness.toml" in sh.harness("init", "--commit")
    assert (sh.top / "harness.toml").read_text() == own
    assert sh.git("show", "next:harness.toml") + "\n" == own
    assert "develop" not in sh.git("branch", "--format=%(refname:short)").split()


@pytest.mark.parametrize(
    ("branches", "trunk"), [(("master",), "master"), (("main",), "main"), (("master", "main"), "main")]
)
def test_releases_go_to_the_trunk_that_is_there(shell: Make, branches: tuple[str, ...], trunk: str) -> None:
    sh = begun(shell, branches[0])
    for branch in branches[1:]:
        sh.git("branch", branch)
    sh.harness("init", "--commit")
    text = sh.git("show", "develop:harness.toml")
    assert parse(text).git.main == trunk
    assert ('\nmain = "master"' in text) is (trunk == "master")


def test_nothing_is_written_behind_a_link(shell: Make) -> None:
    sh = begun(shell)
    (sh.top.parent / "outside").mkdir()
    (sh.top / "TBC").symlink_to(sh.top.parent / "outside")
    assert "behind a link" in sh.harness("init", code=2)
    assert not list((sh.top.parent / "outside").iterdir())


def test_without_an_identity_there_is_no_commit(shell: Make) -> None:
    sh = begun(shell)
    sh.git("config", "--unset", "user.email")
    assert "git config user.email" in sh.harness("init", "--commit", code=2)
    assert sh.git("rev-parse", "develop") == sh.git("rev-parse", "main")


@pytest.mark.parametrize("name", ["plain", 'quo"te', "back\\slash", "naïve\x7f", "new\nline"])
def test_the_settings_are_toml_whatever_the_values_are(name: str) -> None:
    text = settings({"project": {"name": name}, "spec": {"path": ""}})
    assert tomllib.loads(text)["project"]["name"] == name
    assert parse(text).project.name == name


def test_every_shown_default_is_a_key_of_the_configuration() -> None:
    text = settings({"project": {"name": "x"}}).partition("# What follows")[2]
    plain = "\n".join(line.removeprefix("# ") for line in text.splitlines()[2:] if line.startswith("# "))
    shown = parse(plain)
    assert shown.model_dump() == parse("").model_dump()


def put(top: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_text(text)
    return top


def test_python_is_found_by_its_manifest(tmp_path: Path) -> None:
    manifest = '[project]\nname = "notes"\n[dependency-groups]\ndev = ["pytest>=8", "ruff", "mypy", "coverage"]\n'
    files = {
        "pyproject.toml": manifest,
        "notes/__init__.py": "",
        "tests/unit/test_a.py": "",
        "tests/integration/t.py": "",
    }
    found = detect(put(tmp_path, {**files, ".venv/bin/python": "", "openapi.yaml": "openapi: 3.1.0\n"}))
    tools = found.toolchain
    assert (found.name, tools.language, tools.environment, found.api) == ("notes", "python", ".venv", "openapi.yaml")
    assert tools.build == "python -m compileall -q notes"
    assert tools.lint == "python -m ruff check --no-cache --no-fix . && python -m mypy notes"
    assert "--source=notes" in tools.unit and "{out}/unit.xml tests/unit" in tools.unit
    assert tools.integration.endswith("{out}/integration.xml tests/integration")
    assert [note for note in tools.notes] == [
        "openapi.yaml is an API: fill in [server] start in harness.toml, so that the gates can talk to the service"
    ]


def test_python_without_a_manifest_and_requirements_alone(tmp_path: Path) -> None:
    bare = detect(put(tmp_path / "bare", {"app/__init__.py": "", "tests/test_a.py": "import pytest\n"})).toolchain
    assert bare.language == "python" and "-m pytest" in bare.unit and bare.lint == ""
    listed = detect(put(tmp_path / "listed", {"requirements-dev.txt": "flake8\n", "src/a/__init__.py": ""})).toolchain
    assert listed.build == "python3 -m compileall -q src" and listed.lint == "python3 -m flake8 src"
    assert listed.unit == "" and any("pytest" in note for note in listed.notes)


def test_tests_of_a_src_layout_import_the_commit_s_own_code(tmp_path: Path) -> None:
    files = {"pyproject.toml": '[project]\nname = "a"\n', "src/a/__init__.py": "", "tests/integration/test_a.py": ""}
    tools = detect(put(tmp_path, {**files, "tests/conftest.py": ""})).toolchain
    assert tools.unit.startswith("PYTHONPATH=src python3 -m coverage run --branch --source=src -m pytest")
    assert tools.integration.startswith("PYTHONPATH=src python3 -m pytest")
    assert tools.build == "python3 -m compileall -q src"


@pytest.mark.parametrize(
    ("runner", "unit", "integration"),
    [
        ("vitest", "--coverage.clean=false --exclude 'test/integration/**'", "--outputFile={out}/integration.xml "),
        ("jest", "--testPathIgnorePatterns=/node_modules/ --testPathIgnorePatterns=test/integration/", "=jest-junit "),
    ],
)
def test_tests_that_need_the_service_are_no_unit_tests(
    tmp_path: Path, runner: str, unit: str, integration: str
) -> None:
    package = f'{{"scripts": {{"test:integration": "own"}}, "devDependencies": {{"{runner}": "1"}}}}'
    alone = detect(put(tmp_path / "alone", {"package.json": package})).toolchain
    assert alone.integration == "npm run test:integration" and "integration" not in alone.unit
    files = {"package.json": package, "test/integration/http.test.ts": ""}
    tools = detect(put(tmp_path / "apart", files)).toolchain
    assert tools.unit.endswith(unit) and tools.integration.endswith(f"{integration}test/integration")


@pytest.mark.parametrize(
    ("scripts", "start"),
    [
        ('"start": "node dist/main.js", "build": "tsc"', "npm run build && PORT={port} npm run start"),
        ('"start": "node ./dist/main.js"', "PORT={port} npm run start"),
        ('"start": "tsx src/main.ts", "build": "tsc"', "PORT={port} npm run start"),
        ('"build": "tsc"', ""),
    ],
)
def test_a_service_is_built_before_it_is_started_where_it_needs_that(tmp_path: Path, scripts: str, start: str) -> None:
    assert detect(put(tmp_path, {"package.json": f'{{"scripts": {{{scripts}}}}}'})).toolchain.start == start


@pytest.mark.parametrize(
    ("lock", "manager", "run"),
    [("", "npm", "npx"), ("pnpm-lock.yaml", "pnpm", "pnpm exec"), ("yarn.lock", "yarn", "yarn run")],
)
def test_node_is_run_by_the_manager_whose_lock_file_is_there(tmp_path: Path, lock: str, manager: str, run: str) -> None:
    package = (
        '{"name": "web", "scripts": {"lint": "x", "build": "y", "start": "z"}, "devDependencies": {"vitest": "1"}}'
    )
    put(tmp_path, {"package.json": package, "tsconfig.json": "{}", **({lock: ""} if lock else {})})
    found = detect(tmp_path)
    tools = found.toolchain
    assert (found.name, tools.language) == ("web", "typescript")
    assert (tools.build, tools.lint) == (f"{manager} run build", f"{manager} run lint")
    assert tools.start == f"PORT={{port}} {manager} run start"
    assert tools.unit.startswith(f"{run} vitest run") and "{out}" in tools.unit


@pytest.mark.parametrize(
    ("packages", "chosen"), [(("istanbul",), True), (("v8",), False), (("istanbul", "v8"), False), ((), False)]
)
def test_the_coverage_that_a_vitest_project_has_is_asked_for(
    tmp_path: Path, packages: tuple[str, ...], chosen: bool
) -> None:
    uses = ", ".join(f'"{name}": "3"' for name in ("vitest", *(f"@vitest/coverage-{each}" for each in packages)))
    tools = detect(put(tmp_path, {"package.json": f'{{"devDependencies": {{{uses}}}}}'})).toolchain
    assert ("--coverage.provider=istanbul" in tools.unit) is chosen
    assert any("@vitest/coverage-v8" in note for note in tools.notes) is (not packages)


@pytest.mark.parametrize(
    ("files", "path"),
    [
        (("CHANGES.md",), "CHANGES.md"),
        (("CHANGES.rst", "docs/changelog.md"), "CHANGES.rst"),
        (("HISTORY.md", "NEWS"), "HISTORY.md"),
        (("NEWS.md",), "NEWS.md"),
        (("docs/changelog.md",), "docs/changelog.md"),
        (("packages/web/src/a.py", "packages/web/CHANGELOG.md"), "packages/web/CHANGELOG.md"),
        (("CHANGELOG.md", "HISTORY.md"), ""),
        (("changes/1.md", "news.py"), ""),
    ],
)
def test_the_changelog_is_found(tmp_path: Path, files: tuple[str, ...], path: str) -> None:
    found = detect(put(tmp_path, dict.fromkeys(files, "{}")))
    assert found.changelog == path
    assert parse(settings(found.values)).changelog.path == (path or "CHANGELOG.md")


def test_of_several_changelogs_none_is_chosen(tmp_path: Path) -> None:
    files = [f"packages/{name}/CHANGELOG.md" for name in ("api", "web")]
    found = detect(put(tmp_path, dict.fromkeys(files, "")))
    assert found.changelog == "" and any("2 changelogs" in note for note in found.toolchain.notes)


@pytest.mark.parametrize("path", ["requirements/dev.txt", "dev-requirements.txt", "requirements-dev.txt"])
def test_requirements_are_found_wherever_they_lie(tmp_path: Path, path: str) -> None:
    tools = detect(put(tmp_path, {path: "pytest==8.0\nruff\n", "app/__init__.py": "", "package.json": "{}"})).toolchain
    assert tools.language == "python" and "pytest" in tools.unit and "ruff" in tools.lint
    assert matches(path, Setup().locks)


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("eslint --fix src", True),
        ("prettier --write . && eslint .", True),
        ("eslint .", False),
        ("eslint --fix-dry-run .", False),
    ],
)
def test_a_linter_that_mends_is_told(tmp_path: Path, script: str, told: bool) -> None:
    tools = detect(put(tmp_path, {"package.json": f'{{"scripts": {{"lint": "{script}"}}}}'})).toolchain
    assert any("mends files" in note for note in tools.notes) is told


def test_a_placeholder_is_no_test_and_swagger_2_is_no_document(tmp_path: Path) -> None:
    package = '{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}'
    found = detect(put(tmp_path, {"package.json": package, "docs/openapi.yaml": 'swagger: "2.0"\n'}))
    assert found.toolchain.unit == "" and found.api == "" and found.name == tmp_path.name


def test_a_name_that_is_no_text_can_be_written(tmp_path: Path) -> None:
    found = detect(put(tmp_path, {"package.json": '{"name": "a\\ud800b"}'}))
    assert found.name == "a?b"


def test_nothing_known_says_so(tmp_path: Path) -> None:
    found = detect(put(tmp_path, {"main.c": "", "package.json": "[not json"}))
    assert found.toolchain.language == "" and "fill in [commands]" in found.toolchain.notes[0]


def test_new_writes_a_proposal_once(shell: Make) -> None:
    sh = begun(shell)
    said = sh.harness("new", "add-login", "--kind", "fix", "--title", "Log\nin")
    path = sh.top / "openspec/changes/add-login/proposal.md"
    assert "openspec/changes/add-login/proposal.md" in said and "harness run add-login" in said
    assert path.read_text().startswith("<!-- kind: fix -->\n# Log in\n")
    path.write_text("mine")
    assert "was not touched" in sh.harness("new", "add-login", code=4)
    assert path.read_text() == "mine"


def test_new_takes_the_repositorys_own_template(shell: Make) -> None:
    sh = begun(shell)
    sh.write("prompts/proposal.md.j2", "## Ours: {{ title }}\n")
    sh.harness("new", "add-login")
    assert (sh.top / "openspec/changes/add-login/proposal.md").read_text().endswith("\n## Ours: Add login\n")


def test_thresholds_start_where_the_tests_are(tmp_path: Path) -> None:
    """Measured on a clean checkout of the commit, in the sandbox; what the file says is what the gate then holds."""
    top = tmp_path / "legacy"
    target.make(top, LEGACY)
    (top / "later.py").write_text("this is not committed, and not measured\n")
    with closing(site(top).store):
        low, said = lowered(site(top), Git(top / ".git").commit("develop"), LEGACY_CONFIG)
    assert low == {"statements": 59, "branches": 49, "lines": 59} and "the thresholds are set to just below" in said
    assert parse(settings({"project": {}, "spec": {}}, low=low)).thresholds.model_dump() == {
        "statements": 59, "branches": 49, "functions": 80, "lines": 59,
    }  # fmt: skip


def test_where_coverage_can_t_be_measured_nothing_is_lowered(tmp_path: Path) -> None:
    top = target.make(tmp_path / "legacy", LEGACY)
    with closing(site(top).store):
        low, said = lowered(site(top), Git(top / ".git").commit("develop"), '[commands]\nunit = "exit 3"\n')
        assert low == {} and said.startswith("coverage was not measured: ")
        assert lowered(site(top), "", LEGACY_CONFIG) == ({}, "")


def test_a_test_that_fails_is_told_as_what_keeps_coverage_from_being_measured(tmp_path: Path) -> None:
    report = '<testsuite><testcase classname="t" name="a"/>{}</testsuite>'
    wrong = '<testcase classname="t" name="b"><failure message="1 is not 2"/></testcase>'
    for case, told in (
        (report.format(wrong), "coverage was not measured, as 1 of 2 tests failed; the first: t::b: 1 is not 2"),
        (
            "<testsuite/>",
            "coverage was not measured: no test was run: the report holds none; the command ended with 1: oh",
        ),
    ):
        top = target.make(tmp_path / str(len(case)), {**LEGACY, "report.xml": case})
        unit = "cp report.xml {out}/unit.xml; echo oh; exit 1"
        with closing(site(top).store):
            text = f'[commands]\nunit = "{unit}"\n'
            low, said = lowered(site(top), Git(top / ".git").commit("develop"), text)
        assert (low, said) == ({}, f"{told}; the thresholds stay at 80 %")


def test_a_clone_takes_the_branch_that_its_remote_has(shell: Make, tmp_path: Path) -> None:
    """Who comes second works on the same develop, and not on another one of that name."""
    first = target.make(tmp_path / "first")
    sh = begun(shell)
    sh.git("remote", "add", "origin", str(first))
    sh.git("fetch", "-q", "origin")
    said = sh.harness("init", "--commit")
    assert "made the branch develop" in said and "as origin/develop has it" in said and "is set up already" in said
    assert sh.git("rev-parse", "develop") == target.git(first, "rev-parse", "develop")
    assert not (sh.top / "harness.toml").exists()
