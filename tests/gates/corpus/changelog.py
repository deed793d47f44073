"""The changelog: entries that tell readers something, and what only looks like one."""

from __future__ import annotations

from tests.gates.corpus.delivery import Delivery

_BASE = {"CHANGELOG.md": "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- Log in by e-mail.\n"}
_NEWS = {"docs/NEWS.rst": "Changes\n=======\n\n1.0\n---\n\n* First version of everything.\n"}

DELIVERIES = (
    Delivery("changelog", "a new line", {"CHANGELOG.md": _BASE["CHANGELOG.md"] + "- Log out anywhere.\n"}, _BASE),
    Delivery(
        "changelog", "another file", {"docs/NEWS.rst": _NEWS["docs/NEWS.rst"] + "* Items can be renamed.\n"}, _NEWS,
        '[changelog]\npath = "docs/NEWS.rst"\n',
    ),
    Delivery("changelog", "the first changelog", {"CHANGELOG.md": "# Changelog\n\n- Adds a store of items.\n"}),
    Delivery("changelog", "nothing new", {"app.py": "x = 1\n"}, _BASE, rule="changelog-entry", at="CHANGELOG.md"),
    Delivery("changelog", "no file", {"app.py": "x = 1\n"}, rule="changelog-missing"),
    Delivery(
        "changelog", "a heading alone", {"CHANGELOG.md": _BASE["CHANGELOG.md"] + "\n### Fixed and changed\n"}, _BASE,
        rule="changelog-entry",
    ),
    Delivery(
        "changelog", "a line moved", {"CHANGELOG.md": "# Changelog\n\n- Log in by e-mail.\n\n## [Unreleased]\n"}, _BASE,
        rule="changelog-entry",
    ),
)  # fmt: skip
