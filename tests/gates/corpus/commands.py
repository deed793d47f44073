"""Build and lint: what the project's own commands say, by exit code and by report."""

from __future__ import annotations

from tests.gates.corpus.delivery import Delivery

BUILD = '[commands]\nbuild = "python3 -m compileall -q app"\n'
LINT = '[commands]\nlint = "ruff check --isolated app"\n'
REPORTED = """
[commands]
lint = "ruff check --isolated --output-format json --output-file {out}/ruff.json --exit-zero app"
"""
MENDING = '[commands]\nlint = "ruff check --isolated --fix app && ruff format --isolated app"\n'
LITTERING = """
[commands]
lint = "mkdir -p cache && date > cache/now && date > lint.log && ruff check --isolated --cache-dir app/.cache app"
"""
NODE = '[commands]\nbuild = "for f in src/*.mjs; do node --check $f || exit 1; done"\n'
BASE = {"app/__init__.py": "", "app/store.py": "ITEMS: list[str] = []\n"}
GOOD = "def add(name: str) -> int:\n    return len(name)\n"

DELIVERIES = (
    Delivery("build", "compiles", {"app/add.py": GOOD}, BASE, BUILD),
    Delivery("build", "documents alone", {"docs/add.md": "# Add\n"}, BASE, BUILD),
    Delivery("build", "in Node", {"src/add.mjs": "export const add = (a) => a + 1;\n"}, {}, NODE, needs=("node",)),
    Delivery(
        "build", "a syntax error", {"app/add.py": GOOD + "def (:\n"}, BASE, BUILD, rule="build",
    ),
    Delivery(
        "build", "an error in Node", {"src/add.mjs": "export const add = (a => a + 1;\n"}, {}, NODE, rule="build",
        needs=("node",),
    ),
    Delivery(
        "build", "a command that the branch makes pass",
        {"app/add.py": "def (:\n", "harness.toml": '[commands]\nbuild = "true"\n'}, BASE, BUILD, rule="build",
    ),
    Delivery(
        "build", "a module that shadows the compiler",
        {"app/add.py": "def (:\n", "app/compileall.py": "import sys\nsys.exit(0)\n"}, BASE, BUILD, rule="build",
    ),
    Delivery("lint", "nothing to say", {"app/add.py": GOOD}, BASE, LINT),
    Delivery("lint", "reported as JSON", {"app/add.py": GOOD}, BASE, REPORTED),
    Delivery("lint", "a rule that the project allows", {"app/add.py": GOOD.replace("name", "n")}, BASE, LINT),
    Delivery("lint", "nothing to mend for a command that would", {"app/add.py": GOOD}, BASE, MENDING),
    Delivery("lint", "a command that leaves a cache and a report", {"app/add.py": GOOD}, BASE, LITTERING),
    Delivery(
        "lint", "an unused import that the command takes out", {"app/add.py": "import os\n\n\n" + GOOD}, BASE, MENDING,
        rule="lint", at="app/add.py",
    ),
    Delivery(
        "lint", "a file that the command formats", {"app/add.py": GOOD.replace(":\n    ", ":\n  ")}, BASE, MENDING,
        rule="lint", at="app/add.py",
    ),
    Delivery(
        "lint", "a file that the command takes away", {"app/add.py": GOOD}, BASE,
        '[commands]\nlint = "rm app/add.py"\n', rule="lint", at="app/add.py",
    ),
    Delivery(
        "lint", "an unused import", {"app/add.py": "import os\n\n\n" + GOOD}, BASE, LINT, rule="lint",
        at="app/add.py:1",
    ),
    Delivery(
        "lint", "settings that allow it",
        {"app/add.py": "import os\n\n\n" + GOOD, "ruff.toml": 'lint.ignore = ["ALL"]\n'}, BASE, LINT, rule="lint",
    ),
    Delivery(
        "lint", "an error in the report of a command that ends with 0",
        {"app/add.py": "def add(:\n"}, BASE, REPORTED, rule="lint", at="app/add.py:1",
    ),
)  # fmt: skip
