"""The changelog: entries that tell readers something, and what only looks like one."""

from __future__ import annotations

from tests.gates.corpus.delivery import Delivery

_BASE = {"CHANGELOG.md": "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- Log in by e-mail.\n"}
_NEWS = {"docs/NEWS.rst": "Changes\n=======\n\n1.0\n---\n\n* First version of everything.\n"}


def _nothing(name: str, more: str) -> Delivery:
    """Lines that tell readers nothing new."""
    files = {"CHANGELOG.md": _BASE["CHANGELOG.md"] + more}
    return Delivery("changelog", name, files, _BASE, rule="changelog-entry", at="CHANGELOG.md")


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
    _nothing("an address alone", "- https://example.com/sample/pull/12345\n"),
    _nothing("references alone", "- [#12](https://example.com/12) (1a2b3c4d5e), v1.2.3\n"),
    _nothing("a date alone", "- 2026-04-07: TODO\n"),
    _nothing("a copied line", "- Log in by e-mail.\n"),
    _nothing("a copied line with another bullet", "\n  *  LOG IN by e-mail!\n"),
    _nothing("a line that nobody sees", "<!--\n- Log out anywhere.\n-->\n"),
)  # fmt: skip
