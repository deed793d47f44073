"""Files that say how a change is built, run and measured, or what agents and editors do: each is an item."""

from __future__ import annotations

import configparser
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from harness.config import Config
from harness.domain.permission import matches

KIND = "protected"
GLOBS: Mapping[str, tuple[str, ...]] = {
    "runner": (
        "**/pytest.ini", "**/.pytest.ini", "**/tox.ini", "**/noxfile.py", "**/conftest.py", "**/jest.config*",
        "**/jest.setup*", "**/jest.preset*", "**/vitest.config*", "**/vitest.workspace*", "**/vitest.setup*",
        "**/pytest.toml", "**/.pytest.toml", "**/jest.globalSetup*", "**/jest.global-setup*", "**/jest.globalTeardown*",
        "**/*vitest-setup*", "**/bunfig.toml", "**/deno.json", "**/deno.jsonc",
        "**/.mocharc*", "**/karma.conf*", "**/playwright.config*", "**/cypress.config*", "**/ava.config*", "**/.taprc",
        "**/tox.toml", "**/hatch.toml", "**/jest-*.js*", "**/jest-*.cjs", "**/jest-*.mjs", "**/vitest.*.ts",
        "**/vitest.*.mts",
        "**/setupTests.*", "**/setup-tests.*", "**/wdio.conf*", "**/.tap.y*ml", "**/playwright-ct.config*",
        "**/dodo.py", "**/pavement.py",
    ),
    "coverage": (
        "**/.coveragerc", "**/.coveragerc.toml", "**/.nycrc*", "**/nyc.config.*", "**/.c8rc*", "**/.istanbul.yml",
        "**/codecov.yml", "**/.codecov.yml",
        "**/.coveragerc*", "**/.coverage.toml",
    ),
    "lint": (
        "**/.eslintrc*", "**/eslint.config*", "**/.eslintignore", "**/.prettierrc*", "**/prettier.config*",
        "**/.prettierignore", "**/.flake8", "**/.pylintrc*", "**/pylintrc*", "**/.oxlintrc.json",
        "**/ruff.toml", "**/.ruff.toml",
        "**/biome.json*", "**/.jscpd.json", "**/.stylelintrc*", "**/.pre-commit-config.yaml", "**/.secrets.baseline",
        "**/.bandit", "**/.spectral.*", "**/.semgrepignore", "**/sonar-project.properties", "**/stryker.conf*",
        "**/stryker.config*",
        "**/.isort.cfg", "**/.yamllint*", "**/.commitlintrc*", "**/commitlint.config*", "**/.lintstagedrc*",
        "**/lint-staged.config*", "**/dprint.json*", "**/.remarkrc*", "**/.dependency-cruiser*", "**/.semgrep.y*ml",
        "**/semgrep.y*ml", "**/.gitleaks.toml", "**/.gitleaksignore", "**/.trivyignore*", "**/.osv-scanner.toml",
        "**/.snyk", "**/.bandit.y*ml", "**/bandit.y*ml", "**/.nsprc", "**/audit-ci.json*", "**/.trunk/**",
        "**/.deepsource.toml", "**/.sonarcloud.properties", "**/knip.json*", "**/.knip.json*",
        "**/eslint.*.cjs", "**/eslint.*.mjs",
    ),
    "types": (
        "**/tsconfig*.json", "**/jsconfig.json", "**/mypy.ini", "**/.mypy.ini", "**/pyrightconfig.json",
        "**/.pyre_configuration",
        "**/ty.toml", "**/pyrefly.toml", "**/mypy*.ini",
    ),
    "build": (
        "**/Makefile", "**/makefile", "**/GNUmakefile", "**/*.mk", "**/justfile", "**/Taskfile.y*ml",
        "**/webpack.config*", "**/vite.config*", "**/rollup.config*", "**/esbuild.config*", "**/tsup.config*",
        "**/babel.config*", "**/.babelrc*", "**/.swcrc", "**/gulpfile*", "**/Gruntfile*", "**/hatch_build.py",
        "**/MANIFEST.in", "**/nx.json", "**/turbo.json", "**/lerna.json", "**/pnpm-workspace.yaml", "**/.pnpmfile.cjs",
        "**/.npmrc", "**/.yarnrc*", "**/.pnp.*", "**/pip.conf", "**/.python-version", "**/.nvmrc", "**/.node-version",
        "**/.tool-versions",
        "**/tsdown.config*", "**/rspack.config*", "**/rolldown.config*", "**/swc.config*", "**/metro.config*",
        "**/taskfile.y*ml", "**/mise.toml", "**/.mise.toml", "**/.volta.json", "**/poetry.toml", "**/uv.toml",
        "**/pdm.toml", "**/pants.toml", "**/BUILD.bazel", "**/.bazelrc", "**/SConstruct",
        "**/meson.build", "**/moon.y*ml", "**/rush.json", "**/Earthfile", "**/docker-bake.*", "**/pixi.toml",
        "**/runtime.txt",
    ),
    "ci": (
        ".github/**", "**/.gitlab-ci*", ".circleci/**", "azure-pipelines*", "Jenkinsfile*", "**/.travis.yml",
        "bitbucket-pipelines.yml", ".drone.y*ml", ".buildkite/**", ".woodpecker/**", ".woodpecker.y*ml",
        "appveyor.yml", ".husky/**", ".githooks/**", "**/lefthook.yml", "cloudbuild.yaml",
        ".forgejo/**", ".gitea/**", ".semaphore/**", ".tekton/**", ".azure-pipelines/**", "**/lefthook.y*ml",
        ".lefthook/**",
    ),
    "start-up": ("**/sitecustomize.py", "**/usercustomize.py", "**/*.pth", "**/.envrc"),
    "git": ("**/.gitattributes", "**/.gitignore", "**/.gitmodules", "**/.lfsconfig"),
    "lock file": (
        "**/package-lock.json", "**/npm-shrinkwrap.json", "**/pnpm-lock.yaml", "**/yarn.lock", "**/bun.lock*",
        "**/poetry.lock", "**/uv.lock", "**/pdm.lock", "**/Pipfile", "**/Pipfile.lock", "**/constraints*.txt",
        "**/pylock.toml", "**/pylock.*.toml", "**/pixi.lock", "**/conda-lock.y*ml", "**/deno.lock",
    ),
    "agents and editors": (
        "**/.vscode/**", "**/.idea/**", "**/.cursor/**", "**/.cursorrules", "**/.claude/**", "**/CLAUDE.md",
        "**/CLAUDE.local.md", "**/AGENTS.md", "**/AGENT.md", "**/GEMINI.md", "**/.windsurf/**", "**/.windsurfrules",
        "**/.clinerules*", "**/.continue/**", "**/.aider*", "**/.mcp.json", "**/.devcontainer/**",
        "**/.zed/**", "**/.codex/**",
        "**/opencode.json", "**/opencode.jsonc",
        "**/*.code-workspace", "**/.editorconfig",
        "**/QWEN.md", "**/.junie/**", "**/.kiro/**", "**/.roo/**", "**/.roomodes", "**/.roorules*", "**/.amazonq/**",
        "**/.goosehints", "**/.cursorignore", "**/.aiignore", "**/copilot-instructions.md",
    ),
    "harness": ("harness.toml", "roles/**", "prompts/**"),
}  # fmt: skip
"""what it rules -> the files, in any spelling; no configuration takes one away"""
_PACKAGE = (
    "scripts", "jest", "vitest", "mocha", "ava", "tap", "nyc", "c8", "eslintConfig", "eslintIgnore", "prettier",
    "babel", "browserslist", "lint-staged", "husky", "pre-commit", "simple-git-hooks", "workspaces", "engines",
    "packageManager", "pnpm", "type", "imports", "stryker",
)  # fmt: skip
"""Members of a package.json that configure how it is built and tested."""
MOST_BYTES = 2 << 20
_BETWEEN = re.compile(r"[\s;&|()<>\"'`=,]+")
"""What stands between the words of a command."""
_MEASURED = re.compile(r"--(?:collectCoverageFrom|coverage\.(?:in|ex)clude|cov|source)=\S+")
"""Options that say of which files coverage is taken: these are measured, and run nothing."""
_UNTOOLED = re.compile(r"metadata|options(?:\..*)?")
"""Sections of a setup.cfg about the package itself."""


def rules(path: str) -> str:
    """What a protected file rules, such as `runner`; '' for any other file."""
    return next((what for what, globs in GLOBS.items() if matches(path, globs, fold=True)), "")


def named(config: Config) -> frozenset[str]:
    """The words of the commands that measure a change: a file of such a name, such as a script of tests, is a runner.

    What starts the service is none of them: it is the service.
    """
    return frozenset(word for command in commands(config) for word in words(command))


def commands(config: Config) -> list[str]:
    """The commands that measure a change."""
    return [*config.commands.model_dump().values(), config.server.seed, config.server.auth]


def words(command: str) -> list[str]:
    """The words of a command, files without a `./` before them."""
    return [word.removeprefix("./") for word in _BETWEEN.split(_MEASURED.sub(" ", command))]


def parts(path: str, before: bytes | None, after: bytes | None) -> list[str]:
    """Parts of a manifest that configure tools and differ, by name; [] where it is none or none differs."""
    name = path.rpartition("/")[2]
    read = {"pyproject.toml": _pyproject, "package.json": _package, "setup.cfg": _sections}.get(name)
    if read is None:
        return []
    old, new = dict(read(before)), dict(read(after))
    return sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))


def _pyproject(data: bytes | None) -> Iterator[tuple[str, Any]]:
    table = _table(data, lambda text: tomllib.loads(text))
    if "build-system" in table:
        yield "[build-system]", {k: v for k, v in table["build-system"].items() if k != "requires"}
    for tool, settings in table.get("tool", {}).items():
        kept = settings
        if tool == "poetry":
            # its dependencies are listed by name
            kept = {k: v for k, v in settings.items() if k in ("packages", "include", "exclude", "build", "scripts")}
        if kept:
            yield f"[tool.{tool}]", kept


def _sections(data: bytes | None) -> Iterator[tuple[str, Any]]:
    """Of a setup.cfg."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    with suppress(configparser.Error):
        parser.read_string((data or b"")[:MOST_BYTES].decode("utf-8-sig", errors="replace"))
    yield from ((f"[{name}]", dict(parser[name])) for name in parser.sections() if not _UNTOOLED.fullmatch(name))


def _package(data: bytes | None) -> Iterator[tuple[str, Any]]:
    table = _table(data, lambda text: json.loads(text))
    yield from ((key, table[key]) for key in _PACKAGE if key in table)


def _table(data: bytes | None, parse: Any) -> dict[str, Any]:
    if data is None or len(data) > MOST_BYTES:
        return {}
    try:
        table = parse(data.decode("utf-8-sig"))
        return table if isinstance(table, dict) and isinstance(table.get("tool", {}), dict) else {}
    except (ValueError, RecursionError):
        return {}
