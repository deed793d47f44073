"""The one place that names concrete adapters: it builds the World of a run and drives it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness import __version__, prompting, roles, shipped, trust
from harness.adapters import NOBODY, Adapters, develop_of
from harness.config import FILE, Config, parse
from harness.consent import NONE, Consent
from harness.domain.change import CONSULTATION, KINDS, Change, Purpose
from harness.domain.event import Answered, Entry, RunStarted
from harness.domain.gate import GateResult
from harness.domain.role import Role
from harness.domain.secret import in_use
from harness.engine import human
from harness.engine.drive import drive, end
from harness.engine.steps import Steps
from harness.errors import Abandoned, Mistake, Refused
from harness.flow import record
from harness.flow.applies import strange
from harness.flow.courses import COURSES
from harness.flow.fold import fold
from harness.gates import architecture
from harness.gates.table import GATES
from harness.journal.lease import lease
from harness.llm.connect import connect
from harness.llm.recorded import Recorded
from harness.peers import forewarned
from harness.ports import Fault, Model, Request, Subject
from harness.reuse import Reuse
from harness.site import Site, prices
from harness.standing import stands
from harness.sweep import sweep
from harness.tools.table import TOOLS
from harness.workspace.git import ZERO, Git
from harness.workspace.own import own_file, unlinked
from harness.workspace.repo import GitRepo
from harness.world import Ceo, World


@dataclass(frozen=True, slots=True)
class Screen:
    """What is shown while a run is driven."""

    watch: Callable[[Entry], None] = lambda entry: None
    progress: Callable[[str], None] = lambda text: None
    say: Callable[[str], None] = lambda text: None
    """One line that stays."""
    ceo: Ceo = field(default_factory=lambda: Nobody())
    recorded: bool = False
    """Whether the decisions come from a recording, in a repository that was made for it: none can be signed."""


class Nobody:
    """Where no terminal is: every decision is left for later."""

    def ask(self, asked: Any, poll: Any) -> None:
        return None


class Late:
    """The live endpoint; its heavy package is imported at the first call."""

    def __init__(self) -> None:
        self._model: Model | None = None

    def reply(
        self, request: Request, *, fault: Callable[[Fault], None], progress: Callable[[str], None]
    ) -> dict[str, Any]:
        if self._model is None:
            key, url = os.environ.get("ANTHROPIC_API_KEY"), os.environ.get("ANTHROPIC_BASE_URL")
            self._model = connect(api_key=key or "none", base_url=url)
        return self._model.reply(request, fault=fault, progress=progress)


def live_model() -> Model:
    """The endpoint that the environment names; Mistake, before anything is spent, where it names none."""
    if not os.environ.get("ANTHROPIC_API_KEY") and not os.environ.get("ANTHROPIC_BASE_URL"):
        raise Mistake(
            "no model to talk to: set ANTHROPIC_API_KEY (or ANTHROPIC_BASE_URL for another endpoint), or rehearse "
            "with --from-transcript"
        )
    return Late()


def team(overrides: Mapping[str, str]) -> tuple[Mapping[str, Role], Callable[..., str]]:
    """Roles and the renderer: what ships, with the target's own files in its place."""
    return roles.load(shipped.folder("roles"), overrides, TOOLS), prompting.renderer(
        shipped.folder("prompts"), overrides
    )


def change_of(site: Site, name: str, kind: str = "") -> Change:
    """The change of the run `name`: its kind from its record, its branch, its proposal or `kind`, in this order."""
    plain, _, fork = name.partition("~")
    for entry in site.journal(name).read()[:1]:
        if isinstance(entry.event, RunStarted):
            return Change(name=plain, kind=entry.event.kind, fork=entry.event.fork)
    if fork:
        raise Mistake(f"there is no run {name}; `harness run {plain} --fork-from KEY` makes one")
    git = Git(site.common)
    for known in KINDS:
        if git.commit(f"refs/heads/{known}/{name}"):
            return Change(name=name, kind=known)
    text = (own_file(site.top, f"openspec/changes/{name}/proposal.md") or b"").decode("utf-8", errors="replace")
    said = next((known for known in KINDS if f"<!-- kind: {known} -->" in text), "feature")
    return Change.model_validate({"name": name, "kind": kind or said})


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What one drive is allowed, and what a run that begins with it is."""

    rehearsal: Sequence[Entry] = ()
    """The recorded run whose model answers are taken."""
    checkout: bool = False
    """Whether a branch that is checked out may be moved together with its files."""
    consent: Consent = NONE
    parent: str = ""
    purpose: Purpose = "change"
    asked: str = ""


USUAL = Terms()


def build(site: Site, change: Change, model: Model, screen: Screen, terms: Terms = USUAL) -> World:
    """The World of a live run; what a run that has begun is for stands in its first entry."""
    git = Git(site.common)
    adapters = Adapters(site, change, develop_of(git, site.top), terms.checkout, screen.progress, terms.consent)
    reuse, money = Reuse(adapters), prices()

    def only() -> str:
        return "" if screen.recorded else trust.signed_only(adapters.sandbox)

    begun = fold(site.journal(change.run).read()[:1])
    purpose, asked = (begun.purpose, begun.asked) if begun.change else (terms.purpose, terms.asked)
    return World(
        change=change,
        version=__version__,
        pipeline=COURSES[purpose],
        purpose=purpose,
        asked=asked,
        outside=adapters.outside,
        journal=site.journal(change.run),
        inbox=site.inbox(change.run),
        repo=adapters.repo,
        model=model,
        cost=money.cost,
        worst=money.worst,
        tools=TOOLS,
        gates={gate.name: reuse.gate(gate) for gate in GATES},
        team=team,
        workspace=adapters.workspace,
        bench=adapters.bench,
        specs=adapters.specs,
        lock=adapters.lock,
        surface=lambda subject, bench: architecture.items(subject, bench),
        operations=adapters.operations,
        ready=adapters.ready,
        post=site.channel().post,
        genuine=lambda text, decision, kept: trust.genuine(site.top, text, decision, kept),
        signers=lambda: () if screen.recorded else trust.signers(site.top),
        signed_only=only,
        ceo=screen.ceo,
        secrets=in_use(os.environ),
        standing=stands(site, adapters.repo, lambda: adapters.sandbox, screen.ceo, screen.say, only),
        watch=screen.watch,
        progress=screen.progress,
        level=lambda: adapters.sandbox.level,
        checkout=terms.checkout,
        rehearsal=terms.rehearsal,
        parent=terms.parent,
        prepared=adapters.prepared,
    )


def run(
    site: Site,
    change: Change,
    screen: Screen,
    *,
    rehearsal: Sequence[Entry] = (),
    checkout: bool = False,
    consent: Consent = NONE,
) -> Steps:
    """Drive the change until it is over or has to wait, under its lease. With `rehearsal`, from that transcript."""
    _may_start(site, change, bool(rehearsal))
    begun = fold(site.journal(change.run).read())
    for line in forewarned(site, change.name, begun.head) if not rehearsal and not begun.finished else ():
        screen.say(line)

    def world() -> World:
        model = Recorded(rehearsal) if rehearsal or site.finished(change.run) else live_model()
        return build(site, change, model, screen, Terms(rehearsal=rehearsal, checkout=checkout, consent=consent))

    return driven(site, change, world)


def fork(
    site: Site, change: Change, key: str, screen: Screen, *, checkout: bool = False, consent: Consent = NONE
) -> Steps:
    """A new run with its own branch: the model's answers up to `key` are copied, everything else is live."""
    entries = site.entries(change.run)
    upto = next((e.seq for e in entries if isinstance(e.event, Answered) and e.event.key == key), None)
    if upto is None:
        raise Mistake(f"{change.run} has no answer with the key {key!r}; `harness show {change.run} --all` lists them")
    own = change.model_copy(update={"fork": _forks(site, change) + 1})
    git = Git(site.common)
    first = next(
        e.event.answer for e in entries if isinstance(e.event, Answered) and e.event.key == "proposal/1/propose"
    )
    git.move(f"refs/heads/{own.branch}", str(first["head"]), ZERO)
    model = Recorded(entries[: upto + 1], after=live_model())
    terms = Terms(checkout=checkout, consent=consent, parent=f"{change.run}@{upto}")
    return driven(site, own, lambda: build(site, own, model, screen, terms))


def _forks(site: Site, change: Change) -> int:
    return sum(run.startswith(f"{change.name}~") for run in site.store.runs())


def driven(site: Site, change: Change, world: Callable[[], World], work: Callable[[World], Steps] = drive) -> Steps:
    """`work` on the run under its lease; the summary of its session, and of one that was killed, is posted."""
    with lease(site.locks, change.run):
        sweep(site, change.run)
        summarize(site, change)
        try:
            return work(world())
        finally:
            sweep(site, change.run, everything=False)
            summarize(site, change)


def abandon(site: Site, change: Change) -> None:
    """Put the CEO's final no, which lies in the inbox, on the record; Conflict where a driver is at work."""
    with lease(site.locks, change.run):
        world = build(site, change, Recorded(()), Screen())
        steps = Steps(world)
        try:
            steps.pause()
        except Abandoned as no:
            return end(steps, world, str(no))
        raise Refused(
            f"{change.name} has landed already, so it can't be abandoned; `harness run {change.name}` ends it"
        )


def _may_start(site: Site, change: Change, rehearsal: bool) -> None:
    """Whether there is something to drive: a run under way, or a proposal to begin with."""
    if CONSULTATION.fullmatch(change.name):
        raise Mistake(
            f"{change.name} is the name of a consultation, not of a change; `harness consult` goes on with it"
        )
    entries = site.journal(change.run).read()
    if entries and isinstance(entries[0].event, RunStarted):
        if entries[0].event.rehearsal != rehearsal:
            was = "a rehearsal" if entries[0].event.rehearsal else "live"
            raise Mistake(f"{change.name} was started {was}, and goes on only so")
        return
    git, path = Git(site.common), f"{change.folder}/proposal.md"
    base = GitRepo(git, site.top, change, NOBODY, develop_of(git, site.top)).base()
    if base["config"] is None:
        raise Mistake(f"{base['branch']} has no {FILE}; run `harness init` and commit what it writes")
    odd = strange(parse(base["config"]).project.gates)
    if odd:
        raise Mistake(odd)
    if base["team"]:
        team(base["team"])
    foreign = prompting.strangers(shipped.folder("prompts"), base["team"])
    if foreign:
        raise Mistake(foreign)
    tip = git.commit(f"refs/heads/{change.branch}")
    if not (tip and git.read(tip, path)):
        unlinked(site.top, path)
    if not (tip and git.read(tip, path)) and not (own_file(site.top, path) or b"").strip():
        raise Mistake(f"there is no {path}, or it is empty; `harness new {change.name}` writes one to fill in")


def summarize(site: Site, change: Change) -> list[tuple[int, str]]:
    """Post the summary of every session that has ended and has none yet; also that of a killed one."""
    sessions = [s for s in record.sessions(site.journal(change.run).read(), over=True) if s.number]
    if not sessions:
        return []
    _, render = team({})
    posted = []
    for session in sessions:
        text = render("summary", session=session, change=change)
        posted.append((site.channel().post(f"{change.run}/session/{session.number}", "Virtual CTO", text), text))
    return posted


def settle(site: Site, change: Change) -> bool:
    """With no driver alive: move a decision from the inbox into the journal; True if one was moved."""
    with lease(site.locks, change.run):
        world = build(site, change, Recorded(()), Screen())
        return human.settle(Steps(world), world)


def measured(site: Site, head: str, config: Config, *gates: str) -> Iterator[GateResult]:
    """What each of `gates` says of the commit `head` as it is, outside any change, once it is asked for."""
    adapters = Adapters(site, Change(name="init"), config.git.develop)
    subject = Subject(Change(name="init"), config, head, head, head, adapters.git.tree(head), lambda path: "")
    for gate in gates:
        yield next(row for row in GATES if row.name == gate).check(subject, adapters.bench(config))
