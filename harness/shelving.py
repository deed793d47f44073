"""Archiving a change that the harness merged, and taking it out again: a commit on develop, on evidence alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness.adapters import Adapters, develop_of
from harness.domain.change import Change
from harness.domain.moving import Moving
from harness.errors import HarnessError, Mistake, Refused
from harness.flow.backlog import ticked
from harness.journal.lease import lease
from harness.site import Site
from harness.verify.case import Case
from harness.verify.source import case
from harness.verify.table import ROWS, checked
from harness.workspace.archiving import holds, taken
from harness.workspace.git import Git

EVIDENCE = ("path", "lock", "gates", "merge", "develop")
"""What has to hold, checked again from git and the record: decided, specified, gated, merged, and still on develop."""
Render = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Shelving:
    """What was done, or in a dry run would be."""

    source: str
    target: str
    commit: str = ""
    """'' where nothing was done."""
    specs: tuple[str, ...] = ()
    """The living specs that are written by it, where the merge did not write them."""
    paths: tuple[str, ...] = ()
    """Every path that the commit changes."""
    text: str = ""
    """The confirmation, as it was posted."""


def archive(site: Site, run: str, render: Render, *, dry: bool = False, checkout: bool = False) -> Shelving:
    """Move the merged change's folder to the archive, its boxes ticked; what was archived already is left.

    Refused where it is not over, not merged, or a piece of evidence does not hold. Safe to repeat after a kill: the
    commit is made before the branch is moved, and the lease goes with its process.
    """
    with lease(site.locks, run):
        if run not in site.store.runs():
            raise Mistake(f"{run} was never run here, so nothing says that it was merged; `harness run {run}` does")
        if not site.state(run).finished:
            raise Refused(f"{run} is not over; its merge archives it, and `harness status {run}` says where it is")
        found = case(site.top, run, None)
        _proven(found, run)
        change, name = found.change, found.change.name
        repo, tip, place = _at(site, change, checkout)
        if not holds(found.git.paths(tip), change.folder):
            if place:
                return _again(site, repo, run, (change.folder, place), tip, render)
            raise Mistake(f"{change.folder} is not on {found.develop}, nor is it in the archive there")
        folds = change if "specs" not in found.candidate else None
        if folds:
            _unmoved(repo, found, tip)
        target = str(repo.repo.shelf(change, time.time())["folder"])
        moving = Moving(change.folder, target, lambda data: ticked(data, name), folds)
        message = f"docs({name}): archive the change\n\nChange: {name}\nMerged: {found.merged}\nDevelop: {tip}"
        return _carried(site, repo, run, moving, (tip, message, f"archive {name}"), render, dry=dry, checkout=checkout)


def unarchive(site: Site, run: str, render: Render, *, dry: bool = False, checkout: bool = False) -> Shelving:
    """Move the folder back to where changes lie; specs and ticks stay, since the merge stays."""
    with lease(site.locks, run):
        state = site.state(run)
        if not state.finished:
            raise Refused(f"{run} is not over; its merge archives it")
        change = state.change or Change(name=run)
        repo, tip, place = _at(site, change, checkout)
        if not place:
            raise Mistake(f"{run} is not in the archive on {repo.develop}")
        message = f"docs({change.name}): take the change out of the archive\n\nChange: {change.name}\nDevelop: {tip}"
        asked = (tip, message, f"unarchive {change.name}")
        moving = Moving(place, change.folder)
        return _carried(site, repo, run, moving, asked, render, dry=dry, checkout=checkout)


def _at(site: Site, change: Change, checkout: bool) -> tuple[Adapters, str, str]:
    """(the repository, the tip of develop, where the change lies in its archive)."""
    git = Git(site.common)
    found = Adapters(site, change, develop_of(git, site.top), checkout)
    return found, *found.repo.shelved(change)


def _proven(found: Case, run: str) -> None:
    if not found.merged:
        raise Refused(f"{run} is over, but not merged: there is nothing to archive")
    for row in ROWS:
        if row.name not in EVIDENCE:
            continue
        finding = checked(row, found)
        if finding.result != "ok":
            raise Refused(
                f"{run} is not archived: {row.title}: {finding.result}: {finding.text}; `harness verify {run}` says all"
            )


def _unmoved(repo: Adapters, found: Case, tip: str) -> None:
    """Refused where the deltas would take back what develop got, in what they are about, since they were approved."""
    since = str(found.state.artifacts.get("spec_base") or found.base["commit"])
    moved = repo.specs.moved(found.change, str(found.candidate["head"]), since, tip, "")
    if moved:
        name = found.change.name
        raise Refused(
            f"{name} is not archived: {found.develop} changed {', '.join(moved)} since its spec was approved; write "
            f"the words of both into the living spec, then `harness openspec archive {name} --skip-specs`"
        )


def _carried(
    site: Site,
    found: Adapters,
    run: str,
    moving: Moving,
    asked: tuple[str, str, str],
    render: Render,
    *,
    dry: bool,
    checkout: bool,
) -> Shelving:
    """Commit it, look whether it is there, and confirm it on the channel; `asked`: (tip, message, action)."""
    tip, message, action = asked
    tree, rows = taken(found.git, tip, moving)
    specs = tuple(sorted(found.git.changed(tip, tree)))
    done = Shelving(moving.source, moving.target, specs=specs, paths=tuple(sorted({*specs, *rows})))
    if dry:
        return done
    made: dict[str, Any] = found.repo.record(
        found.develop, {}, message, int(time.time()), checkout=checkout, moving=moving
    )
    commit = str(made["commit"])
    seen = found.repo.confirm(commit, found.develop, tip)
    if not all(seen.values()):
        raise HarnessError(f"{commit[:12]} on {found.develop} can't be confirmed")
    text = _confirmed(site, found, run, (moving.source, moving.target), commit, action, render)
    return Shelving(moving.source, moving.target, commit, specs, tuple(made["files"]), text)


def _again(site: Site, found: Adapters, run: str, places: tuple[str, str], tip: str, render: Render) -> Shelving:
    """What is archived already is left; a kill between its commit and its confirmation leaves that to be posted."""
    name = found.change.name
    asked = ("log", "-n1", "--first-parent", "--format=%H", f"--grep=^docs({name}): archive the change$", tip, "--")
    commit = found.git.run(*asked).decode().strip()
    text = _confirmed(site, found, run, places, commit, f"archive {name}", render) if commit else ""
    return Shelving(*places, text=text)


def _confirmed(
    site: Site, found: Adapters, run: str, places: tuple[str, str], commit: str, action: str, render: Render
) -> str:
    """The confirmation, posted once for each commit."""
    state = f"{places[0]} is {places[1]} on {found.develop}"
    text = render("confirmation", action=action, outcome="success", commit=commit, state=state, why="")
    site.channel().post(f"{run}/shelving/{commit}", "Virtual CTO", text)
    return text
