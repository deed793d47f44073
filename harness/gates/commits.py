"""Every commit of the branch is conventional, changes something and is no merge."""

from __future__ import annotations

from harness.config import Config
from harness.domain.gate import GateResult
from harness.domain.message import problems
from harness.gates.result import finding, judged
from harness.ports import Bench, Sandbox, Subject

NAME = "commits"


def ready(config: Config, sandbox: Sandbox) -> str:
    """Always '': the gate reads git only."""
    return ""


def check(subject: Subject, bench: Bench) -> GateResult:
    """Look at the commits of base..head, without a merge that a CI made of the branch to try it."""
    commits = bench.log(subject.base, subject.tip or subject.head)
    found = []
    if not commits:
        found.append(finding("commits-none", "the branch has no commit of its own"))
    for commit in commits:
        short, parents = commit["id"][:10], commit["parents"].split()
        if len(parents) > 1:
            found.append(finding("commits-merge", f"{short} is a merge; the branch must be a straight line"))
            continue
        if parents and not bench.changed(parents[0], commit["id"]):
            found.append(finding("commits-empty", f"{short} changes nothing"))
        found += [finding("commits-message", f"{short}: {text}") for text in problems(commit["message"])]
    return judged(NAME, subject, found, figures={"commits": len(commits)})
