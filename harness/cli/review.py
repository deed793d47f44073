"""harness review"""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli import render
from harness.cli.options import JSON, here
from harness.errors import GaveUp, Mistake

if TYPE_CHECKING:
    from harness.app import Screen
    from harness.domain.change import Change


@click.command("review")
@click.argument("branch", metavar="BRANCH|A..B")
@click.option("--comment-to", type=click.Path(path_type=Path), help="Write the review as Markdown to FILE.")
@JSON
def review_command(branch: str, comment_to: Path | None, as_json: bool) -> int:
    """Review a branch or a range of commits that the team did not write, as a pull request is reviewed.

    The gates measure it as it would be merged, then the Architect (where it changes the specification), the Principal
    Developer, QA and the CTO read it. Exit code: 0 approved, 1 changes are needed, and as for `harness run`.
    """
    from harness.cli.live import screen
    from harness.numbered import review

    site = here()
    if comment_to is not None and not comment_to.absolute().parent.is_dir():
        raise Mistake(f"{comment_to.parent} is no directory: --comment-to names a file to write")

    def show(change: Change) -> AbstractContextManager[Screen]:
        return screen(site, change, quiet=as_json, interactive=sys.stdin.isatty() and not as_json)

    state = review(site, branch, show).state
    found, page = state.artifacts.get("review"), str(state.artifacts.get("page", ""))
    if found is None:
        raise GaveUp(f"the review of {branch} ended without a report: {state.finished}")
    if comment_to is not None:
        comment_to.write_text(page, encoding="utf-8")
    if as_json:
        run = state.change.run if state.change else ""
        render.out({"run": run, "contribution": state.artifacts["contribution"], **found})
    else:
        render.say(page)
    return 0 if found["verdict"] == "approve" else 1
