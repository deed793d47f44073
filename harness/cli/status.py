"""harness status"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness.cli import render, sprint
from harness.cli.documents import draft, lacks
from harness.cli.options import JSON, Name, here, resume
from harness.cli.progress import priced, progress, waited
from harness.cli.unminuted import unminuted
from harness.cli.when import clock
from harness.errors import Mistake
from harness.flow.fold import State
from harness.peers import depending, sentence
from harness.site import Site
from harness.workspace.locate import drafts, stored

MARKS = {"rehearsal": "rehearsal", "driven": "driven now"}


@click.command("status")
@click.argument("change", type=Name(), required=False)
@JSON
def status_command(change: str | None, as_json: bool) -> int:
    """Where every change is, what it waits for and what it cost; with CHANGE, in detail."""
    site = here()
    if change:
        return _one(site, change, as_json)
    meetings, told = site.consultations(), sorted(unminuted(site))
    runs = [_run(site, run) for run in site.store.runs() if run not in meetings]
    fresh = proposals(site.top, {run["change"] for run in runs})
    unrun = [draft(site, name) for name in fresh]
    if as_json:
        render.out(
            {
                "runs": runs,
                "proposals": fresh,
                "drafts": unrun,
                "consultations": [_meeting(site, run) for run in meetings],
                "sprint": sprint.lines(site),
                "unminuted": told,
            }
        )
        return 0
    for line in sprint.lines(site):
        render.say(line)
    for run in runs:
        render.block(_head(run), [f"waits for {waited(run)}" if run["waits_for"] else waited(run)])
    for facts in (_meeting(site, name) for name in meetings):
        render.block(f"{facts['run']} (consultation): {facts['question']}", [_met(facts)])
    for each in unrun:
        render.block(_unrun(each), _awaited(each))
    if told:
        render.say(f"in no minutes yet: what ended of {', '.join(told)}; `harness minutes` writes them")
    if not runs and not fresh and not meetings:
        render.say("nothing is under way; `harness new <change>` writes a proposal")
    return 0


def proposals(top: Path, known: set[str]) -> list[str]:
    """Changes that have a proposal in the working tree, no run, and no record of an earlier one."""
    return [name for name in drafts(top) if name not in known]


def _run(site: Site, run: str) -> dict[str, Any]:
    """What is said of one run, and what its documents do not say yet."""
    facts, state = progress(site, run)
    return {**facts, "lacks": lacks(site, state)}


def _unrun(facts: dict[str, Any]) -> str:
    """One line: a proposal that was not run yet."""
    name, where = facts["change"], f"{facts['phase']}, {facts['percent']} %, {priced(facts['cost'])}"
    return f"{name}: a proposal that was not run yet; `harness run {name}` begins  {where}"


def _awaited(facts: dict[str, Any]) -> list[str]:
    """Lines: whom a proposal that was not run yet waits for, and the changes that have to be merged before it."""
    return [f"waits for {waited(facts)}", *([f"it {sentence(facts['depends'])}"] if facts["depends"] else [])]


def _meeting(site: Site, run: str) -> dict[str, Any]:
    """What is said of a consultation."""
    facts, state = progress(site, run)
    asked = state.waiting.detail if state.waiting else {}
    kept = ("outcome", "driven", "waits_for", "what", "since", "cost")
    return {
        "run": run,
        "question": state.question,
        **{name: facts[name] for name in kept},
        "subject": str(asked.get("subject", "")),
    }


def _met(facts: dict[str, Any]) -> str:
    """One line: how a consultation stands, and its cost."""
    if facts["outcome"]:
        return f"{facts['outcome']}, {waited(facts)}, {priced(facts['cost'])}"
    return f"waits for {waited(facts)}, {priced(facts['cost'])}; {resume(facts['run'])} goes on"


def _head(run: dict[str, Any]) -> str:
    """One line: the change, where it is, and its cost."""
    marks = [run["kind"], *(text for name, text in MARKS.items() if run[name])]
    step = "" if run["outcome"] else f", step {run['step']} {run['title']}"
    return f"{run['change']} ({', '.join(marks)})  {run['phase']}{step}, {run['percent']} %, {priced(run['cost'])}"


def _one(site: Site, change: str, as_json: bool) -> int:
    if change not in site.store.runs() and change in proposals(site.top, set()):
        each = draft(site, change)
        render.out(each) if as_json else render.block(_unrun(each), [*_awaited(each), *each["lacks"][1:]])
        return 0
    if change in site.consultations():
        facts = _meeting(site, change)
        lines = [_met(facts), *([f"subject {facts['subject']}"] if facts["subject"] else [])]
        render.out(facts) if as_json else render.block(f"{change} (consultation): {facts['question']}", lines)
        return 0
    facts, state = progress(site, change)
    facts |= {**_detail(site, state), "lacks": lacks(site, state)}
    if as_json:
        render.out(facts)
    else:
        render.block(f"{change} ({facts['kind']})", _lines(facts, state))
    return 0


def _detail(site: Site, state: State) -> dict[str, Any]:
    """What is said of one run alone."""
    if state.change is None:
        raise Mistake("this run has no beginning; `harness doctor` looks at the journal")
    asked = state.waiting.detail if state.waiting else {}
    data = stored(site.common, state.head, f"{state.change.folder}/proposal.md") if state.head else None
    recorded = (data or b"").decode("utf-8", errors="replace")
    return {
        "branch": state.change.branch,
        "head": state.head,
        "why": state.why,
        "corrections": list(state.corrections),
        "attempts": dict(state.attempts),
        "failures": dict(state.failures),
        "sessions": state.sessions,
        "started": state.started,
        "last": state.last,
        "subject": str(asked.get("subject", "")),
        "about": dict(asked.get("about") or {}),
        "verbs": list(asked.get("verbs", ())),
        "returns": list(asked.get("returns", ())),
        "proposal_differs": not state.finished and site.drift(state.change, recorded),
        "depends": {} if state.finished else depending(site, state.change.name, state.head),
        "pending": [act.action for act in state.authorized],
        "completed": [{"action": act.action, "commit": act.commit} for act in state.completed],
    }


def _lines(facts: dict[str, Any], state: State) -> list[str]:
    lines = [
        f"{facts['phase']}, step {facts['step']} {facts['title']}, {facts['percent']} % done",
        f"waits for {waited(facts)}" if facts["waits_for"] else waited(facts),
        f"driven now: {'yes' if facts['driven'] else 'no'}; rehearsal: {'yes' if facts['rehearsal'] else 'no'}",
        f"{_place(facts, state)} at {facts['head'][:12] or 'nothing yet'}, begun {clock(facts['started'])}",
        f"cost {priced(facts['cost'])}, {facts['cost']['calls']} calls",
        *(f"  {role}: ${value:.2f}" for role, value in facts["cost"]["by_role"].items()),
    ]
    lines += [f"not done: {text}" for text in facts["lacks"]]
    if facts["why"]:
        lines.append(f"came here because: {facts['why']}")
    lines += [f"  correction: {text}" for text in facts["corrections"]]
    if facts["subject"]:
        lines.append(f"subject {facts['subject']}")
        lines += [f"  {_command(verb, facts)}" for verb in facts["verbs"]]
    if facts["depends"]:
        lines.append(f"{sentence(facts['depends'])}: it goes on as far as its merge")
    if facts["returns"]:
        lines.append(f"can go back to: {', '.join(facts['returns'])}")
    lines += [f"authorized, not executed: {action}" for action in facts["pending"]]
    lines += [f"confirmed: {act['action']} — {act['commit']}" for act in facts["completed"]]
    if facts["proposal_differs"]:
        lines.append("the proposal in your working tree is not the one that the team works with")
    return lines


def _place(facts: dict[str, Any], state: State) -> str:
    """What the run works on: a branch of its own, what it was asked to review, or what it releases."""
    if state.purpose == "change":
        return f"branch {facts['branch']}"
    released = state.artifacts.get("contents", {}).get("develop_name", "the integration branch")
    return f"review of {state.asked}" if state.purpose == "review" else f"release of {released}"


def _command(verb: str, facts: dict[str, Any]) -> str:
    """What to type for a decision."""
    if verb == "abandon":
        return f"harness abandon {facts['change']}"
    more = {"return": " --to STEP --comment TEXT", "answer": " TEXT"}.get(verb, "")
    return f"harness {verb} {facts['change']} --digest {facts['subject']}{more}"
