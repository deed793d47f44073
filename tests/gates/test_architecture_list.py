"""The architecture list: protected files and layers, each item a sentence that a verdict can repeat."""

from __future__ import annotations

import json

import pytest

from harness.config import parse
from harness.gates import architecture
from tests.gates.conftest import Stand

LAYERS = parse(
    '[architecture.layers]\n"src/routes/**" = ["SQL", "pg", "src/db/**"]\n"app/domain/**" = ["app/web/**", "fastapi"]\n'
)
Files = dict[str, str | bytes | None]


def items(stand: Stand, base: Files, files: Files, config: str = "") -> list[str]:
    stand.rebase({**base, "start": "x"})
    stand.repo.commit(files)
    return architecture.items(stand.subject(parse(config)), stand.bench)


@pytest.mark.parametrize(
    "path",
    [
        "pytest.ini", "tests/conftest.py", "packages/a/jest.config.ts", "vitest.config.mts", ".coveragerc",
        ".nycrc.json",
        "eslint.config.mjs",
        "src/.eslintrc.cjs", "ruff.toml", ".jscpd.json", ".secrets.baseline", "tsconfig.build.json",
        "mypy.ini", "Makefile",
        "vite.config.ts", ".npmrc", ".github/workflows/ci.yml", ".gitlab-ci.yml", "Jenkinsfile",
        ".husky/pre-commit", "lib/sitecustomize.py", "a.pth", ".gitattributes", "bun.lock", "bunfig.toml",
        "deno.jsonc", "pytest.toml", ".pytest.ini", ".coveragerc.toml", "pylintrc.toml", ".pylintrc", "nyc.config.js",
        ".oxlintrc.json", "jest.globalSetup.ts", "test/vitest-setup.ts", "vitest.setup.mts", "jest.setup.js",
        ".gitignore", ".envrc", ".codex/config.toml", "opencode.json", ".windsurf/rules/a.md",
        "CLAUDE.md",
        "docs/AGENTS.md", ".cursor/rules/a.mdc", ".vscode/settings.json", "Claude.md", "CONFTEST.py",
        "stryker.conf.json", "tox.toml", "hatch.toml", "jest-e2e.json", "vitest.projects.ts", "src/setupTests.ts",
        ".coveragerc-ci", "ty.toml", "pyrefly.toml", "mypy-strict.ini", ".isort.cfg", ".gitleaks.toml", "mise.toml",
        "tsdown.config.ts", ".forgejo/workflows/ci.yml", ".gitea/workflows/ci.yml", "pylock.toml", "deno.lock",
        "eslint.base.mjs", "commitlint.config.js", ".junie/guidelines.md", ".kiro/rules.md", "QWEN.md",
    ],
)  # fmt: skip
def test_each_protected_file_is_an_item(stand: Stand, path: str) -> None:
    assert items(stand, {}, {path: "x\n"}) == [f"protected: {path} added"]


def test_changed_and_deleted_ones_are_items_and_their_configuration_takes_none_away(stand: Stand) -> None:
    base: Files = {"setup/tox.ini": "a\n", "conftest.py": "x = 1\n"}
    found = items(stand, base, {"setup/tox.ini": "b\n", "conftest.py": None}, "[architecture.surface]\nother = []\n")
    assert found == ["protected: conftest.py deleted", "protected: setup/tox.ini changed"]


@pytest.mark.parametrize(
    "path",
    ["app/config.py", "src/main.ts", "tests/test_lock.py", "docs/coverage.md", "src/jestful.ts", "README.md", "a.tsx"],
)
def test_ordinary_files_are_none(stand: Stand, path: str) -> None:
    assert items(stand, {}, {path: "x\n"}) == []


def test_a_lock_file_is_listed_once(stand: Stand) -> None:
    assert items(stand, {}, {"package-lock.json": "{}\n"}) == ["dependency: package-lock.json added"]


def test_a_pipfile_is_a_dependency(stand: Stand) -> None:
    assert items(stand, {}, {"Pipfile": "x\n"}) == ["dependency: Pipfile added"]


def test_a_script_that_a_command_names_is_protected_and_what_it_starts_is_not(stand: Stand) -> None:
    config = (
        '[commands]\nunit = "A=1 sh ./scripts/test.sh {out} && node tools/report.js"\nbuild = "python -m app"\n'
        '[server]\nstart = "node src/main.js"\n'
    )
    files: Files = {path: "x\n" for path in ("scripts/test.sh", "tools/report.js", "src/main.js", "app/a.py", "sh.txt")}
    assert items(stand, files, dict.fromkeys(files, "y\n"), config) == [
        "protected: scripts/test.sh changed", "protected: tools/report.js changed",
    ]  # fmt: skip


def test_scripts_behind_a_task_are_protected_and_what_they_measure_is_not(stand: Stand) -> None:
    config = '[commands]\nunit = "npm test"\nlint = "make -s check"\n'
    scripts = {
        "test": "npm run t:unit -- --ci",
        "t:unit": "node tools/run.mjs src/a.test.ts",
        "dev": "node tools/dev.mjs",
    }
    base: Files = {
        "package.json": json.dumps({"scripts": scripts | {"pretest": "sh tools/before.sh"}}),
        "Makefile": "check: types\n\t@sh tools/lint.sh src docs/api.yaml README.md\n\n"
        "types:\n\ttsc -p tools/types.json\n\n"
        "other:\n\tsh tools/o.sh\n",
    }
    changed: Files = dict.fromkeys(
        ["tools/run.mjs", "tools/before.sh", "tools/lint.sh", "tools/types.json", "tools/dev.mjs", "tools/o.sh",
         "src/a.test.ts", "docs/api.yaml", "README.md"], "x\n",
    )  # fmt: skip
    named = ["tools/before.sh", "tools/lint.sh", "tools/run.mjs", "tools/types.json"]
    assert items(stand, base, changed, config) == [f"protected: {path} added" for path in named]


def test_the_hierarchy_of_errors_is_found_by_its_root(stand: Stand) -> None:
    config = '[errors]\nhierarchy = ["ShopError"]\n'
    text = "class ShopError(Exception):\n    pass\n\n\nclass Gone(ShopError):\n    pass\n\n\ndef f():\n    return 1\n"
    base: Files = {"shop/failures.py": text}
    assert items(stand, base, {"shop/failures.py": text.replace("return 1", "return 2")}, config) == []
    found = items(stand, {}, {"shop/failures.py": text.replace("Gone(ShopError)", "Gone(Exception)")}, config)
    assert found == ["errors: shop/failures.py changed"]


def test_sections_of_a_setup_cfg_that_configure_tools(stand: Stand) -> None:
    base: Files = {"setup.cfg": "[metadata]\nname = x\n[tool:pytest]\naddopts = -q\n[flake8]\nmax-line-length = 90\n"}
    files: Files = {"setup.cfg": "[metadata]\nname = y\n[tool:pytest]\naddopts = -x\n[flake8]\nmax-line-length = 90\n"}
    assert items(stand, base, files) == ["dependency: setup.cfg changed", "protected: setup.cfg changes [tool:pytest]"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("src/errors/base.ts", "errors"), ("app/exceptions/http.py", "errors"), ("src/error.ts", "errors"),
        ("src/middleware/jwt.ts", "auth"), ("src/guards/role.ts", "auth"), ("app/session.py", "auth"),
        ("app/oauth2.py", "auth"), ("src/rbac/roles.ts", "auth"), ("compose.prod.yaml", "deployment"),
        ("kubernetes/a.yaml", "deployment"), ("charts/a/values.yaml", "deployment"), ("fly.toml", "deployment"),
        ("serverless.yml", "deployment"), ("Procfile", "deployment"), ("services/a/k8s/a.yaml", "deployment"),
        ("services/a/Procfile", "deployment"), ("api.Dockerfile", "deployment"), ("infra/main.bicep", "deployment"),
        ("lib/app-error.ts", "errors"), ("shop/db_errors.py", "errors"), ("src/lost.exception.ts", "errors"),
        ("lib/errors.mts", "errors"), ("shop/login.py", "auth"), ("src/acl/rules.ts", "auth"),
    ],
)  # fmt: skip
def test_the_surface_by_the_usual_names(stand: Stand, path: str, kind: str) -> None:
    assert items(stand, {}, {path: "x\n"}) == [f"{kind}: {path} added"]


def test_parts_of_manifests_that_configure_tools(stand: Stand) -> None:
    base: Files = {
        "pyproject.toml": (
            '[project]\nname = "x"\n[tool.pytest.ini_options]\naddopts = "-q"\n[tool.ruff]\nselect = ["E"]\n'
        ),
        "package.json": json.dumps({"version": "1", "scripts": {"test": "jest"}, "jest": {"bail": 1}}),
    }
    found = items(stand, base, {
        "pyproject.toml": '[project]\nname = "y"\n[tool.pytest.ini_options]\naddopts = "-q -x"\n'
        '[tool.coverage.run]\nomit = ["a"]\n[tool.ruff]\nselect = ["E"]\n',
        "package.json": json.dumps({"version": "2", "scripts": {"test": "true"}, "jest": {"bail": 1}, "nyc": {}}),
    })  # fmt: skip
    assert found == [
        "protected: package.json changes nyc", "protected: package.json changes scripts",
        "protected: pyproject.toml changes [tool.coverage]", "protected: pyproject.toml changes [tool.pytest]",
    ]  # fmt: skip


def layering(stand: Stand, base: Files, files: Files) -> list[str]:
    stand.rebase({"src/db/users.ts": "export {};\n", "app/web/api.py": "\n", "app/domain/__init__.py": "\n", **base})
    stand.repo.commit(files)
    return architecture.items(stand.subject(LAYERS), stand.bench)


@pytest.mark.parametrize(
    ("path", "text", "breach"),
    [
        ("src/routes/a.ts", 'import { Pool } from "pg";\n', "imports pg"),
        ("src/routes/a.ts", "const { Pool } = require('pg/lib');\n", "imports pg/lib"),
        ("src/routes/a.ts", 'import { users } from "../db/users";\n', "imports ../db/users"),
        ("src/routes/v1/a.ts", 'export * from "../../db/users.js";\n', "imports ../../db/users.js"),
        ("src/routes/a.ts", 'const u = await import("@/db/users");\n', "imports @/db/users"),
        ("src/routes/a.ts", "run(`select id from agents where id = ${id}`);\n", "holds SQL"),
        ("app/domain/a.py", "from app.web.api import go\n", "imports app.web.api.go"),
        ("app/domain/a.py", "from ..web import api\n", "imports ..web.api"),
        ("app/domain/a.py", "import fastapi.routing as r\n", "imports fastapi.routing"),
        ("app/domain/a.py", 'import importlib\n\nm = importlib.import_module("app.web.api")\n', "imports app.web.api"),
    ],
)
def test_a_layer_that_reaches_where_it_may_not(stand: Stand, path: str, text: str, breach: str) -> None:
    assert layering(stand, {}, {path: text}) == [f"layering: {path} {breach}"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/routes/a.ts", '// import "pg"\nimport { pgn } from "pgn";\nconst t = "select an item from the list";\n'),
        ("src/services/a.ts", 'import { Pool } from "pg";\n'),
        ("app/domain/a.py", '"""Select a row from the table, import fastapi."""\nimport fastapi_like\n'),
        ("app/web/b.py", "import fastapi\nfrom app.domain import x\n"),
    ],
)
def test_layers_that_keep_to_themselves(stand: Stand, path: str, text: str) -> None:
    assert layering(stand, {}, {path: text}) == []


def test_what_the_base_reaches_already_is_no_item(stand: Stand) -> None:
    base: Files = {"src/routes/a.ts": 'import pg from "pg";\n'}
    assert layering(stand, base, {"src/routes/a.ts": 'import pg from "pg";\nexport const a = pg;\n'}) == []
