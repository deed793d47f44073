"""Runs that are no change's own: reviews of what others wrote, and releases. They are numbered, such as review~1."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from harness.adapters import NOBODY, develop_of
from harness.app import Screen, Terms, build, driven, live_model
from harness.config import FILE, parse
from harness.domain.change import Change
from harness.engine.steps import Steps
from harness.errors import Mistake
from harness.flow.fold import fold
from harness.flow.pipeline import DONE
from harness.llm.recorded import Recorded
from harness.ports import Model
from harness.site import Site
from harness.workspace.contribution import contribution
from harness.workspace.git import Git
from harness.workspace.repo import GitRepo

Show = Callable[[Change], AbstractContextManager[Screen]]
"""The screen of a run, for as long as it is driven."""


def review(site: Site, asked: str, screen: Show) -> Steps:
    """A run that reviews the branch or range `asked`: the one that is under way, or a new one."""
    change = _numbered(site, "review", asked)
    if not site.journal(change.run).read():
        _reviewable(site, asked)
    with screen(change) as shown:
        return driven(
            site, change, lambda: build(site, change, _model(site, change), shown, Terms(purpose="review", asked=asked))
        )


def release(site: Site, version: str, screen: Show, *, checkout: bool = False) -> Steps:
    """A run that brings develop to main: the one that is under way, or a new one."""
    change = _numbered(site, "release", version)
    terms = Terms(checkout=checkout, purpose="release", asked=version)

    with screen(change) as shown:
        return driven(
            site,
            change,
            lambda: build(site, change, _model(site, change), shown, terms),
        )


def _model(site: Site, change: Change) -> Model:
    """The live endpoint; where all that is left needs none, nothing."""
    at = fold(site.journal(change.run).read()).at
    return Recorded(()) if at in ("release-approval", "release", "withheld", "report", DONE) else live_model()


def _reviewable(site: Site, asked: str) -> None:
    """Mistake, before a run begins, where there is nothing to review."""
    git = Git(site.common)
    develop = develop_of(git, site.top)
    base = GitRepo(git, site.top, Change(name="review"), NOBODY, develop).base()
    contribution(git, asked, develop, base["commit"], parse(base["config"]).spec.path)


def _numbered(site: Site, name: str, asked: str) -> Change:
    """The run `name~N` of this matter that is not over, or the next number; Mistake where it could not begin."""
    taken = sorted(int(run.partition("~")[2]) for run in site.store.runs() if run.startswith(f"{name}~"))
    for number in reversed(taken):
        state = site.state(f"{name}~{number}")
        if not state.finished and (name == "release" or state.asked == asked):
            return Change(name=name, fork=number)
    git = Git(site.common)
    base = GitRepo(git, site.top, Change(name=name), NOBODY, develop_of(git, site.top)).base()
    if base["config"] is None:
        raise Mistake(f"{base['branch']} has no {FILE}; run `harness init` and commit what it writes")
    parse(base["config"])
    return Change(name=name, fork=max(taken, default=0) + 1)


def nothing_new(site: Site) -> str:
    """Why there is nothing to release, in a sentence; '' where there is, or where a release is under way."""
    begun = [run for run in site.store.runs() if run.startswith("release~")]
    if any(not site.state(run).finished for run in begun):
        return ""
    git = Git(site.common)
    develop = develop_of(git, site.top)
    base = GitRepo(git, site.top, Change(name="release"), NOBODY, develop).base()
    if base["config"] is None:
        return ""
    main = parse(base["config"]).git.main
    old = git.commit(f"refs/heads/{main}")
    return f"nothing new: {main} has all of {develop} already" if old and git.ancestor(base["commit"], old) else ""
