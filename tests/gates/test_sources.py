"""Which files count as production code and as tests."""

from __future__ import annotations

import pytest

from harness.config import Config
from harness.gates import sources


def config(language: str, paths: tuple[str, ...] = (), tests: tuple[str, ...] = ()) -> Config:
    return Config.model_validate({"project": {"language": language}, "sources": {"paths": paths, "tests": tests}})


@pytest.mark.parametrize(
    ("language", "path"),
    [
        ("python", "app.py"),
        ("python", "src/shop/orders.py"),
        ("python", "lib/scripts/run.py"),
        ("python", "shop/latest.py"),
        ("typescript", "index.ts"),
        ("typescript", "src/app.config.ts"),
        ("typescript", "packages/core/lib/Button.tsx"),
        ("typescript", "src/legacy.js"),
        ("typescript", "src/contest.mts"),
        ("python", "shop/ab_tests/arms.py"),
        ("python", "shop/test_kit/a.py"),
        ("typescript", "src/acceptance/terms.ts"),
        ("typescript", "server/assets/store.ts"),
        ("", "src/a.py"),
        ("", "src/a.ts"),
    ],
)
def test_production_code_by_its_usual_names(language: str, path: str) -> None:
    assert sources.production(path, config(language))
    assert not sources.test(path, config(language))


@pytest.mark.parametrize(
    ("language", "path"),
    [
        ("python", "tests/helpers.py"),
        ("python", "src/shop/tests/test_a.py"),
        ("python", "shop/orders_test.py"),
        ("python", "conftest.py"),
        ("typescript", "src/a.test.ts"),
        ("typescript", "src/__tests__/a.tsx"),
        ("typescript", "packages/core/test/setup.ts"),
        ("typescript", "e2e/login.ts"),
        ("python", "specs/price.py"),
        ("python", "integration_tests/api.py"),
        ("python", "services/orders/unit_tests/helpers.py"),
        ("python", "tests_integration/api.py"),
        ("python", "shop/price_tests.py"),
        ("typescript", "specs/price.ts"),
        ("typescript", "src/price_test.ts"),
        ("typescript", "src/__test__/price.mts"),
        ("typescript", "integration-tests/api.ts"),
        ("typescript", "src/Button.stories.tsx"),
        ("typescript", "server/tests-e2e/api.ts"),
    ],
)
def test_tests_by_their_usual_names(language: str, path: str) -> None:
    assert sources.test(path, config(language))
    assert not sources.production(path, config(language))


@pytest.mark.parametrize(
    ("language", "path"),
    [
        ("python", "setup.py"),
        ("python", "docs/conf.py"),
        ("python", "shop/migrations/0001_initial.py"),
        ("typescript", "src/db/migrations/001_items.ts"),
        ("typescript", "public/app.js"),
        ("python", "src/a.ts"),
        ("python", ".github/tool.py"),
        ("typescript", "vitest.config.ts"),
        ("typescript", "packages/core/jest.setup.js"),
        ("typescript", "node_modules/a/index.ts"),
        ("typescript", "src/types.d.ts"),
        ("typescript", "dist/index.js"),
        ("typescript", "tests/data.json"),
        ("typescript", "web/vite.config.mts"),
        ("typescript", "backend/knexfile.ts"),
        ("python", "backend/scripts/load.py"),
    ],
)
def test_what_is_neither(language: str, path: str) -> None:
    assert not sources.production(path, config(language))
    assert not sources.test(path, config(language))


def test_migrations_are_told_by_where_they_are_configured() -> None:
    named = Config.model_validate({"project": {"language": "python"}, "migrations": {"paths": ("db/changes/*.py",)}})
    assert not sources.production("db/changes/0001_users.py", named)
    assert sources.production("db/changes/runner.py", named)
    assert sources.production("db/changes/0001_users.py", config("python"))


def test_the_configuration_decides() -> None:
    named = config("python", paths=("srv/**",), tests=("checks/**",))
    assert sources.production("srv/tests/a.py", named)
    assert not sources.production("src/a.py", named)
    assert sources.test("checks/a.py", named)
    assert not sources.test("tests/a.py", named)


def test_a_mark_takes_out_of_the_usual() -> None:
    less = config("python", paths=("!**/generated/**",))
    assert sources.production("src/a.py", less)
    assert not sources.production("src/generated/a.py", less)
