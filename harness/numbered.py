"""Runs that are no change's own: reviews of what others wrote, and releases. They are numbered, such as review~1."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from harness.adapters import NOBODY, develop_of, known
from harness.app import Screen, Terms, build, driven, live_model
from harness.config import FILE, Config, parse
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
from harness.workspace.outside import GitOutside
from harness.workspace.repo import GitRepo

Show = Callable[[Change], AbstractContextManager[Screen]]
"""The screen of a run, for as long as it is driven."""


def review(site: Site, asked: str, screen: Show) -> Steps:
    """A run that reviews the branch or range `asked`: the one that is under way, or a new one."""
    change = _under_way(site, "review", asked)
    if change is None:
        change = _next(site, "review")
        git, develop, base, config = _base(site, change)
        contribution(git, asked, develop, base, config.spec.path)
    return _driven(site, change, screen, Terms(purpose="review", asked=asked))


def release(site: Site, version: str, screen: Show, *, checkout: bool = False) -> Steps:
    """A run that brings develop to main: the one that is under way, or a new one."""
    change = _under_way(site, "release", version)
    if change is None:
        change = _next(site, "release")
        git, develop, base, _ = _base(site, change)
        outside = GitOutside(git, site.top, develop, NOBODY, known(site, git))
        outside.contents(base, version, time.time())
    return _driven(site, change, screen, Terms(checkout=checkout, purpose="release", asked=version))


def _driven(site: Site, change: Change, screen: Show, terms: Terms) -> Steps:
    with screen(change) as shown:
        return driven(site, change, lambda: build(site, change, _model(site, change), shown, terms))


def _model(site: Site, change: Change) -> Model:
    """The live endpoint; where all that is left needs none, nothing."""
    at = fold(site.journal(change.run).read()).at
    return Recorded(()) if at in ("release-approval", "release", "withheld", "report", DONE) else live_model()


def _under_way(site: Site, name: str, asked: str) -> Change | None:
    """The last run `name~N` of this matter that is not over; there is one release at a time, whatever was asked."""
    for number in reversed(_numbers(site, name)):
        state = site.state(f"{name}~{number}")
        if not state.finished and (name == "release" or state.asked == asked):
            return Change(name=name, fork=number)
    return None


def _next(site: Site, name: str) -> Change:
    return Change(name=name, fork=max(_numbers(site, name), default=0) + 1)


def _numbers(site: Site, name: str) -> list[int]:
    return sorted(int(run.partition("~")[2]) for run in site.store.runs() if run.startswith(f"{name}~"))


def _base(site: Site, change: Change) -> tuple[Git, str, str, Config]:
    """(git, develop's name, its commit, its configuration); Mistake, before a run begins, where it has none."""
    git = Git(site.common)
    develop = develop_of(git, site.top)
    base = GitRepo(git, site.top, change, NOBODY, develop).base()
    if base["config"] is None:
        raise Mistake(f"{base['branch']} has no {FILE}; run `harness init` and commit what it writes")
    return git, develop, str(base["commit"]), parse(base["config"])


def nothing_new(site: Site) -> str:
    """Why there is nothing to release, in a sentence; '' where there is, or where a release is under way."""
    if _under_way(site, "release", ""):
        return ""
    git, develop, base, config = _base(site, _next(site, "release"))
    main = config.git.main
    old = git.commit(f"refs/heads/{main}")
    return f"nothing new: {main} has all of {develop} already" if old and git.ancestor(base, old) else ""
