"""Puts a consultation together: its number, what the consultant is told, and the World that it is held in."""

from __future__ import annotations

from typing import Any

from harness import adapters, app
from harness.config import FILE
from harness.domain.change import CONSULTATION, Change
from harness.domain.event import Answered, Convened, Message
from harness.domain.secret import redacted
from harness.engine.consult import consult, minutes
from harness.engine.run import Run
from harness.engine.steps import Steps
from harness.errors import HarnessError, Mistake
from harness.flow import record
from harness.flow.courses import COURSES
from harness.flow.fold import State
from harness.flow.pipeline import DONE, find
from harness.journal.lease import lease
from harness.site import Site, spend
from harness.workspace.git import Git
from harness.workspace.repo import GitRepo

__all__ = ["convene", "hold", "minutes"]

CHARTER = "TBC/charter.md"
LONGEST = 20_000
"""Characters of a text that the consultant is told without asking for it."""
MOST = 200
"""Lines of one kind that it is told."""


def convene(site: Site, question: str, about: str) -> str:
    """The name of a new consultation, which is on the record from here on; Mistake where it can't be held."""
    said = question.strip()
    if not said:
        raise Mistake("say what you ask: harness consult QUESTION")
    if len(said) > LONGEST:
        raise Mistake(f"the question has {len(said)} characters; ask it in {LONGEST}")
    if about:
        site.entries(about)
    git = Git(site.common)
    base = GitRepo(git, site.top, Change(name="consult"), adapters.NOBODY, adapters.develop_of(git, site.top)).base()
    if base["config"] is None:
        raise Mistake(f"{base['branch']} has no {FILE}; run `harness init` and commit what it writes")
    app.live_model()
    with lease(site.locks, "repo", wait=True):
        # a forgotten meeting's summaries stay on the channel under its name, which is not given again
        posts = [e.event.key.partition("/")[0] for e in site.journal("repo").read() if isinstance(e.event, Message)]
        numbers = [int(found[1]) for run in (*site.store.runs(), *posts) if (found := CONSULTATION.fullmatch(run))]
        name = f"consult-{max(numbers, default=0) + 1:03}"
        with lease(site.locks, name):
            site.journal(name).append(Convened(run=name, question=said, about=about))
    return name


def hold(site: Site, name: str, screen: app.Screen, *, checkout: bool = False) -> Steps:
    """Hold the consultation `name` until it is minuted or has to wait, under its lease."""
    first = site.entries(name)[0].event
    if not isinstance(first, Convened):
        raise Mistake(f"{name} is no consultation; `harness run {name}` goes on with a change")
    change = Change(name=name, kind="docs")
    return app.driven(
        site,
        change,
        lambda: app.build(site, change, app.live_model(), screen, app.Terms(checkout=checkout)),
        lambda world: consult(world, first, lambda run: look(site, run, first.about)),
    )


def chartered(site: Site) -> bool:
    """Whether the main line has a charter, as it was last seen."""
    git = Git(site.common)
    develop = adapters.develop_of(git, site.top)
    commit = GitRepo(git, site.top, Change(name="consult"), adapters.NOBODY, develop).develop
    return bool(commit and (git.read(commit, CHARTER) or b"").strip())


def look(site: Site, run: Run, about: str) -> dict[str, Any]:
    """charter, told (whether the repository has one), and record: what is known of the run `about`."""
    data = Git(site.common).read(run.base, CHARTER)
    own = (data or b"").decode("utf-8", errors="replace")
    charter = own if own.strip() else run.render("charter", project=run.config.project.name or site.top.name)
    found = _record(site, run, about) if about else {}
    return {"charter": charter[:LONGEST], "told": bool(own.strip()), "record": found}


def _record(site: Site, run: Run, about: str) -> dict[str, Any]:
    """The journal of a run as lines, each with its entry; and how its branch differs from the main line."""
    entries, state = site.entries(about), site.state(about)
    passage = [_passed(row) for row in record.passage(entries)]
    decided = [
        f"{row['what']}: {row['verb']} {row['to']} by {row['by']}: {row['comment']} [entry {row['seq']}]"
        for row in record.decisions(entries)
    ]
    gates = [f"{row['gate']}: {row['result']} {row['reason']} [entry {row['seq']}]" for row in record.latest(entries)]
    acts = [
        f"{row['type']}: {row['action']} {row.get('commit', '')}{row.get('why', '')} [entry {row['seq']}]"
        for row in record.acts(entries)
    ]
    base: dict[str, Any] = next(
        (e.event.answer for e in entries if isinstance(e.event, Answered) and e.event.key == "base"), {}
    )
    return {
        "state": _where(state),
        "cost": f"${spend(entries).spent:.2f}",
        "passage": _lines(run, passage),
        "decisions": _lines(run, decided),
        "gates": _lines(run, gates),
        "acts": _lines(run, acts),
        **_branch(run, state, str(base.get("commit", ""))),
    }


def _passed(row: dict[str, Any]) -> str:
    more = "".join(f"; {text}" for text in row["corrections"])
    return f"{row['stage']}, attempt {row['attempt']}: {row['outcome']} {row['why']}{more} [entry {row['seq']}]"


def _where(state: State) -> str:
    if state.finished:
        return f"over: {state.finished}"
    if state.at == DONE or state.change is None:
        return "under way"
    row = find(COURSES[state.purpose], state.at)
    waits = f"; the CEO is asked: {state.waiting.detail.get('what', '')}" if state.waiting else ""
    return f"step {row.step} {row.title}, attempt {state.attempts.get(row.id, 0)}{waits}"


def _lines(run: Run, lines: list[str]) -> list[str]:
    return [redacted(" ".join(line.split()), run.world.secrets)[:2_000] for line in lines[-MOST:]]


def _branch(run: Run, state: State, base: str) -> dict[str, Any]:
    """proposal, files and commits; empty where the branch can't be read any more."""
    if state.change is None or not state.head or not base:
        return {"proposal": "", "files": [], "commits": []}
    try:
        seen = run.world.repo.brief(state.change, base, state.head, "", run.config.secrets)
    except HarnessError:
        return {"proposal": "", "files": [], "commits": []}
    return {
        "proposal": redacted(seen["proposal"], run.world.secrets)[:LONGEST],
        "files": seen["files"][:MOST],
        "commits": seen["commits"][-MOST:],
    }
