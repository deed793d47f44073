"""Gates by hand or in a CI: no run, no model, no journal is needed, and nothing but evidence is written."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Lock

from harness.adapters import Adapters
from harness.beside import beside
from harness.consent import NONE, Consent
from harness.domain.change import KINDS, Change
from harness.domain.gate import GateResult, Result, counted
from harness.domain.secret import in_use, scrubbed
from harness.errors import Mistake
from harness.flow.applies import OF_A_CHANGE, OF_A_DIFFERENCE, applicable, strange
from harness.flow.measures import TIMED
from harness.flow.pipeline import ALL_GATES
from harness.flow.waivers import idle, joined, named, owner, told
from harness.gates.table import GATES
from harness.gates.waiver import today
from harness.ports import Bench, Gate, Subject
from harness.reuse import Reuse
from harness.site import Site
from harness.sweep import abandoned, sweep
from harness.workspace.git import Git
from harness.workspace.span import Span, span

NOBODYS = Change(name=".")
"""The change of a branch that has none: no file of git's can lie in its folder."""
_BRANCH = re.compile(rf"(?P<kind>{'|'.join(KINDS)})/(?P<name>[a-z0-9][a-z0-9-]*)")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be measured."""

    ref: str = "HEAD"
    base: str = ""
    """What to measure against; '' for where `ref` left the integration branch."""
    only: tuple[str, ...] = ()
    """Names of gates; empty for all that apply."""
    fresh: bool = False
    """Whether nothing is taken from earlier measurements."""
    consent: Consent = NONE
    watch: Callable[[Measured], None] = lambda row: None
    """Called with each result as it comes."""
    progress: Callable[[str], None] = lambda text: None


@dataclass(frozen=True, slots=True)
class Measured:
    """One gate's result, and how long it took here."""

    gate: Gate
    result: GateResult
    seconds: float


@dataclass(frozen=True, slots=True)
class Measurement:
    """What the gates say of one commit."""

    span: Span
    change: Change
    tree: str
    rows: list[Measured]
    left_out: dict[str, str]
    """gate -> why it was not asked"""
    sandbox: str
    """Its level and why."""

    @property
    def result(self) -> Result:
        return counted([row.result for row in self.rows])

    @property
    def waivers(self) -> dict[str, str]:
        """What the configuration lets pass: rule and path -> until when and why, and what it let pass here."""
        reports = [row.result.model_dump(mode="json") for row in self.rows]
        asked = {row.gate.name for row in self.rows}
        found = []
        for waiver in self.span.config.waivers:
            why = idle(waiver, self.left_out)
            text = told(waiver, reports if owner(waiver.rule) in asked else None, today())
            found.append((named(waiver), f"{text}; {why}" if why else text))
        return joined(found)


def measure(site: Site, asked: Asked) -> Measurement:
    """Ask the gates that apply; Mistake where there is nothing to ask or to measure against."""
    git = Git(site.common)
    odd = strange(asked.only)
    if odd:
        raise Mistake(odd.removeprefix("harness.toml: "))
    found = span(git, site.top, asked.ref, asked.base)
    odd = strange(found.config.project.gates)
    if odd:
        raise Mistake(odd)
    change = _change(git, found)
    lock = _approved(site, change)
    gates, left_out = chosen(found, change, bool(lock), asked.only)
    own = Change(name="gate", fork=os.getpid())
    abandoned(site, own.name)
    adapters = Adapters(
        site, own, found.config.git.develop, progress=asked.progress, allowed=asked.consent, base=found.base
    )
    subject = Subject(
        change=change,
        config=found.config,
        base=found.base,
        entered=_entered(git, found, change),
        head=found.head,
        tree=git.tree(found.head),
        writes=lambda path: "",
        lock=lock,
        spec=_spec(git, found),
        tip=found.tip,
    )
    try:
        bench = adapters.bench(found.config)
        reuse = Reuse(adapters, failed=True, fresh=asked.fresh)
        rows = ask([reuse.gate(gate) for gate in GATES if gate.name in gates], subject, bench, asked.watch)
    finally:
        sweep(site, own.run)
    why = f"level {bench.sandbox.level}: {bench.sandbox.why}"
    return Measurement(found, change, subject.tree, rows, left_out, why)


def ask(gates: list[Gate], subject: Subject, bench: Bench, watch: Callable[[Measured], None]) -> list[Measured]:
    """The results in the order of `gates`: side by side, but each alone that measures time."""
    known, told_one_by_one = in_use(os.environ), Lock()

    def one(gate: Gate) -> Measured:
        began = time.monotonic()
        told = scrubbed(gate.check(subject, bench).model_dump(mode="json"), known)
        row = Measured(gate, GateResult.model_validate(told), time.monotonic() - began)
        with told_one_by_one:
            watch(row)
        return row

    rows = beside([partial(one, gate) for gate in gates if gate.name not in TIMED])
    rows += [one(gate) for gate in gates if gate.name in TIMED]
    return sorted(rows, key=lambda row: gates.index(row.gate))


def chosen(found: Span, change: Change, locked: bool, only: tuple[str, ...]) -> tuple[tuple[str, ...], dict[str, str]]:
    """(gates to ask, gate -> why it is not asked); Mistake where one that is named, or every one, is not."""
    _, left_out = applicable(change.kind, found.config)
    for gate in ALL_GATES:
        if gate in left_out:
            continue
        if change is NOBODYS and gate in OF_A_CHANGE:
            left_out[gate] = "no change: the branch has no folder in openspec/changes"
        elif found.alone and gate in OF_A_DIFFERENCE:
            left_out[gate] = "nothing new: the commit is measured against itself"
        elif gate == "lock" and not locked:
            left_out[gate] = "no record here says what was approved"
    for gate in only:
        if gate in left_out:
            raise Mistake(f"{gate} can't be asked of {found.head[:12]}: {left_out[gate]}")
    gates = tuple(gate for gate in ALL_GATES if gate not in left_out and (not only or gate in only))
    if not gates:
        raise Mistake(f"no gate applies to {found.head[:12]}: [project] gates of harness.toml leaves none")
    return gates, left_out


def _change(git: Git, found: Span) -> Change:
    """The change whose branch and folder the commit has; else nobody's: no branch's name alone exempts it of a gate."""
    match = _BRANCH.fullmatch(found.branch)
    if match is None:
        return NOBODYS
    change = Change.model_validate({"name": match["name"], "kind": match["kind"]})
    there = any(path.startswith(f"{change.folder}/") for path in git.paths(found.head))
    return change if there else NOBODYS


def _approved(site: Site, change: Change) -> str:
    """The digest of the spec that was approved for the change, where this repository has its record."""
    if change is NOBODYS or change.run not in site.store.runs():
        return ""
    return str(site.state(change.run).artifacts.get("approved", ""))


def _entered(git: Git, found: Span, change: Change) -> str:
    """The commit after which roles wrote: the one that brought the proposal and nothing but papers; else the base."""
    rows = [] if change is NOBODYS or found.alone else git.log(found.base, found.head)
    for row in rows[:1]:
        paths = git.changed((row["parents"].split() or [found.base])[0], row["id"])
        if f"{change.folder}/proposal.md" in paths and all(path.startswith("openspec/") for path in paths):
            return row["id"]
    return found.base


def _spec(git: Git, found: Span) -> str:
    """Whose living API document is approved: the base's where it has one; else the commit's own."""
    path = found.config.spec.path
    return found.base if path and git.read(found.base, path) is not None else found.head
