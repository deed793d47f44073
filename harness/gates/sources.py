"""Which files are production code and which are tests: by `[sources]`, else by the language's usual names."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from harness.config import Config
from harness.domain.glob import matcher

PYTHON = ("py",)
TYPESCRIPT = ("ts", "tsx", "mts", "cts")
JAVASCRIPT = ("js", "jsx", "mjs", "cjs")
_SUFFIXES = {"python": PYTHON, "typescript": (*TYPESCRIPT, *JAVASCRIPT)}
_TESTS = {
    "python": (
        "**/tests/**", "**/test/**", "**/test_*.py", "**/*_test.py", "**/*_tests.py", "**/tests.py",
        "**/conftest.py", "**/e2e/**",
    ),
    "typescript": (
        "**/*.test.*", "**/*.tests.*", "**/*.spec.*", "**/*.specs.*", "**/*-test.*", "**/*-spec.*", "**/*_test.*",
        "**/*_spec.*", "**/*.test-d.ts", "**/*.e2e.*", "**/*.cy.*", "**/*.bench.*", "**/*.stories.*",
        "**/__tests__/**", "**/__test__/**", "**/__specs__/**", "**/__mocks__/**", "**/__fixtures__/**",
        "**/tests/**", "**/test/**", "**/spec/**", "**/specs/**", "**/e2e/**", "**/cypress/**", "**/setupTests.*",
        "**/setup-tests.*", "**/test-setup.*",
    ),
}  # fmt: skip
_TESTING = (
    "spec", "specs", "unittests", "e2e-tests", "acceptance", "playwright", "test-utils", "test_*", "tests_*", "tests-*",
    "*_tests", "*-tests",
)  # fmt: skip
"""Folders at the top of a repository, or of one of its packages, that hold tests; elsewhere they may hold anything."""
_BESIDE = (
    "docs", "doc", "examples", "example", "samples", "benchmarks", "benchmark", "scripts", "dist", "build", "coverage",
    "out", "site", "public", "static", "assets",
)  # fmt: skip
"""Folders at the top of a repository, or of one of its packages, that nothing of what is shipped comes from."""
_TOOLING = {
    "python": ("setup.py", "noxfile.py", "fabfile.py", "tasks.py", "versioneer.py", "manage.py"),
    "typescript": (
        "*.config.*", "*.setup.*", "*.workspace.*", "gulpfile.*", "Gruntfile.*", "webpack.*", "rollup.*", "knexfile.*",
        "ormconfig.*",
    ),
}  # fmt: skip
"""Files there that configure tools."""
_TOPS = ("", "packages/*/", "apps/*/", "libs/*/", "services/*/", "modules/*/", "plugins/*/", "projects/*/")
_PARTS = ("backend/", "frontend/", "server/", "client/", "web/")
"""Folders that may be a package, or one of its modules: what lies in them is told by fewer names."""
_SURE = ("docs", "doc", "examples", "example", "benchmarks", "scripts", "coverage")
_NEVER = ("**/node_modules/**", "**/.*/**", "**/.*", "**/*.d.ts", "**/*.d.mts", "**/*.d.cts")
"""Not of this repository, not code, or only a declaration of it."""


def production(path: str, config: Config) -> bool:
    """Whether a file holds code that is shipped."""
    chosen, spared = _paths(config.sources.paths)
    if not _code(path, config) or spared(path) or test(path, config):
        return False
    return chosen(path) if chosen else not (_beside(_languages(config))(path) or _migration(path, config))


def test(path: str, config: Config) -> bool:
    """Whether a file is of the tests: a test itself, or what only tests use."""
    chosen, spared = _paths(config.sources.tests)
    if spared(path):
        return False
    return chosen(path) if chosen else _testing(_languages(config))(path) and _code(path, config)


def _migration(path: str, config: Config) -> bool:
    """Whether a file is one of the numbered migrations, wherever the project keeps them."""
    numbered = any(sign.isdigit() for sign in path.rpartition("/")[2])
    return numbered and matcher(config.migrations.paths)(path)


def _code(path: str, config: Config) -> bool:
    suffixes = tuple(f".{suffix}" for language in _languages(config) for suffix in _SUFFIXES[language])
    return path.endswith(suffixes) and not matcher(_NEVER)(path)


def _languages(config: Config) -> tuple[str, ...]:
    """The configured language; both where it names neither."""
    return (config.project.language,) if config.project.language in _SUFFIXES else tuple(_SUFFIXES)


@lru_cache(64)
def _testing(languages: tuple[str, ...]) -> Callable[[str], bool]:
    named = tuple(glob for language in languages for glob in _TESTS[language])
    return matcher((*named, *(f"{top}{folder}/**" for top in (*_TOPS, *_PARTS) for folder in _TESTING)))


@lru_cache(64)
def _beside(languages: tuple[str, ...]) -> Callable[[str], bool]:
    names = [f"{folder}/**" for folder in _BESIDE]
    anywhere = ("**/migrations/**", "**/alembic/versions/**", "**/alembic/env.py")
    tooling = [name for language in languages for name in _TOOLING[language]]
    globs = [f"{top}{name}" for top in _TOPS for name in (*names, *tooling)]
    globs += [f"{top}{name}" for top in _PARTS for name in (*(f"{folder}/**" for folder in _SURE), *tooling)]
    # a migration is run once, as it stands: a gate of its own runs it
    return matcher((*globs, *anywhere))


@lru_cache(64)
def _paths(globs: tuple[str, ...]) -> tuple[Callable[[str], bool] | None, Callable[[str], bool]]:
    """(what is named, None for the usual; what a `!` before it takes out)."""
    named = tuple(glob for glob in globs if not glob.startswith("!"))
    return matcher(named) if named else None, matcher(tuple(glob[1:] for glob in globs if glob.startswith("!")))
