"""Names and branches, and what a branch may not bring."""

from __future__ import annotations

from tests.gates.corpus.delivery import Delivery

_WORK = {"app.py": "x = 1\n"}


def _smuggled(path: str) -> Delivery:
    """A file that would rule the next change."""
    return Delivery("branch", f"brings {path}", {**_WORK, path: "x\n"}, rule="scope-base", at=path)


DELIVERIES = (
    Delivery("branch", "a feature", _WORK),
    Delivery("branch", "a fix", _WORK, kind="fix"),
    Delivery("branch", "documents", {"docs/a.md": "# A\n", "github/b.md": "x\n"}, kind="docs"),
    _smuggled(".github/workflows/ci.yml"),
    _smuggled("app/.gitattributes"),
    _smuggled("prompts/qa.md.j2"),
    _smuggled("lib/SiteCustomize.py"),
)  # fmt: skip
