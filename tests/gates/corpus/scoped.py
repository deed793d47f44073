"""What a stage touches: work, and records that only the harness writes; documents alone in a docs change."""

from __future__ import annotations

from tests.gates.corpus.delivery import Delivery

DELIVERIES = (
    Delivery("scope", "code and tests", {"app/a.py": "x = 1\n", "tests/test_a.py": "assert 1\n"}),
    Delivery(
        "scope", "documents of a docs change", {"docs/a.md": "# A\n", "README.md": "# B\n", "docs/b.svg": "x"},
        kind="docs",
    ),
    Delivery("scope", "the settings of a site of documents", {"docs/a.md": "# A\n", "mkdocs.yml": "site_name: A\n"},
             kind="docs"),
    Delivery("scope", "a change's own files", {"openspec/changes/add-items/design.md": "# Design\n"}),
    Delivery("scope", "code in a docs change", {"docs/a.md": "# A\n", "app/a.py": "x = 1\n"}, kind="docs",
             rule="scope-docs", at="app/a.py"),
    Delivery("scope", "a record", {"openspec/changes/add-items/record/gates.md": "all passed\n"}, rule="scope",
             at="openspec/changes/add-items/record/gates.md"),
    Delivery("scope", "a QA report", {"openspec/changes/add-items/qa-report.md": "all passed\n"}, rule="scope",
             at="openspec/changes/add-items/qa-report.md"),
    Delivery("scope", "minutes", {"TBC/minutes/TBC-MIN-001.md": "x\n"}, rule="scope", at="TBC/minutes/TBC-MIN-001.md"),
    Delivery("scope", "the harness's own", {"roles/qa.toml": "x = 1\n"}, rule="scope-base", at="roles/qa.toml"),
)  # fmt: skip
