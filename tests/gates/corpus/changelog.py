"""The changelog: entries that tell readers something, and what only looks like one."""

from __future__ import annotations

from tests.gates.corpus.delivery import Delivery

_BASE = {"CHANGELOG.md": "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- Log in by e-mail.\n"}
_NEWS = {"docs/NEWS.rst": "Changes\n=======\n\n1.0\n---\n\n* First version of everything.\n"}
_RELEASED = {
    "CHANGELOG.md": (
        "# Changelog\n\n## [Unreleased]\n\n- Nothing yet.\n\n## [1.1.0] - 2026-03-02\n\n### Added\n\n- Rename items.\n"
        "\n## [1.0.0] - 2026-01-07\n\n- Log in by e-mail.\n- Log out again.\n"
    )
}


def _put(old: str, new: str) -> dict[str, str | bytes | None]:
    """The released changelog with one text in place of another."""
    return {"CHANGELOG.md": _RELEASED["CHANGELOG.md"].replace(old, new)}


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
    Delivery("changelog", "a short line", {"CHANGELOG.md": _BASE["CHANGELOG.md"] + "- Add CSV\n"}, _BASE),
    Delivery("changelog", "a line in Chinese", {"CHANGELOG.md": _BASE["CHANGELOG.md"] + "- 新增净价\n"}, _BASE),
    Delivery("changelog", "in the place of nothing", _put("- Nothing yet.", "- List items by page."), _RELEASED),
    Delivery(
        "changelog", "released with the change",
        _put("- Nothing yet.", "## [1.2.0] - 2026-04-07\n\n- List items by page."),
        _RELEASED,
    ),
    Delivery(
        "changelog", "the newest section of a file without another one",
        {"CHANGELOG.md": "# 1.1\n\n- Rename items.\n- List items.\n\n# 1.0\n\n- Log in.\n"},
        {"CHANGELOG.md": "# 1.1\n\n- Rename items.\n\n# 1.0\n\n- Log in.\n"},
    ),
    Delivery(
        "changelog", "oldest first",
        {"CHANGELOG.md": "# 1.0\n\n- Log in.\n\n# 1.1\n\n- Rename items.\n- List items.\n"},
        {"CHANGELOG.md": "# 1.0\n\n- Log in.\n\n# 1.1\n\n- Rename items.\n"},
    ),
    Delivery(
        "changelog", "a heading that names a version of something else",
        _put("- Nothing yet.", "### Python 3.12\n\n- Run on the new interpreter."), _RELEASED,
    ),
    Delivery(
        "changelog", "a line reworded and wrapped", {
            "CHANGELOG.md": _RELEASED["CHANGELOG.md"].replace("- Nothing yet.", "- List items by page.").replace(
                "- Log in by e-mail.\n", "- Log in by e-mail\n  or by phone.\n"
            )
        },
        _RELEASED,
    ),
    Delivery(
        "changelog", "old releases in a file of their own",
        {
            "CHANGELOG.md": "# Changelog\n\n## [Unreleased]\n\n- List items by page.\n",
            "docs/old.md": "## [1.1.0]\n\n- Rename items.\n\n## [1.0.0]\n\n- Log in by e-mail.\n- Log out again.\n",
        },
        _RELEASED,
    ),
    Delivery(
        "changelog", "below a release", _put("- Rename items.", "- Rename items.\n- List items by page."), _RELEASED,
        rule="changelog-entry", at="CHANGELOG.md",
    ),
    Delivery(
        "changelog", "below an old release", _put("- Log out again.", "- Log out again.\n- List items by page."),
        _RELEASED, rule="changelog-entry", at="CHANGELOG.md",
    ),
    Delivery(
        "changelog", "an entry deleted",
        {
            "CHANGELOG.md": _RELEASED["CHANGELOG.md"].replace("- Nothing yet.", "- List items by page.").replace(
                "- Log out again.\n", ""
            )
        },
        _RELEASED, rule="changelog-deleted", at="CHANGELOG.md",
    ),
    Delivery(
        "changelog", "an entry written over", _put("- Log in by e-mail.", "- Cheaper goods."), _RELEASED,
        rule="changelog-deleted", at="CHANGELOG.md",
    ),
    _nothing("a word that says nothing", "- Misc fixes\n"),
    *(
        _nothing(f"filler: {line}", f"- {line}\n")
        for line in (
            "Various improvements", "Bug fixes and performance improvements.", "Update code", "Internal refactoring",
            "See the commit history for details", "This release contains various fixes", "Improved code quality",
            "Lorem ipsum dolor sit amet",
        )
    ),
    *(
        Delivery("changelog", f"few words: {line}", {"CHANGELOG.md": f"{_BASE['CHANGELOG.md']}- {line}\n"}, _BASE)
        for line in (
            "Improve performance of search", "Bug fixes in the importer", "Add code review pages", "New: quotas",
            "Add maintenance mode", "Refactor the parser into modules", "Add feature flags",
            "Update `requests` to 2.32",
        )
    ),
    _nothing("numbers alone", "- 12345 678\n"),
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
    _nothing("what is to be written", "- TODO: describe the pages\n"),
    _nothing("a date alone", "- 2026-04-07: TODO\n"),
    _nothing("a copied line", "- Log in by e-mail.\n"),
    _nothing("a copied line with another bullet", "\n  *  LOG IN by e-mail!\n"),
    _nothing("a line that nobody sees", "<!--\n- Log out anywhere.\n-->\n"),
)  # fmt: skip
