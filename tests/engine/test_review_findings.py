"""What a review found, each with the way in which it was found."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from harness.app import Nobody
from harness.domain.decision import Decision
from harness.domain.event import Answered, Asked, Entry, Left, Tried
from harness.errors import Mistake, Parked
from harness.flow.accept import objection
from harness.flow.spend import Spend
from tests import target
from tests.engine import kit
from tests.engine.kit import go, serving

SMUGGLED = {
    "harness.toml": '[project]\ngates = ["proposal"]\n',
    "roles/developer.toml": "hello\n",
    ".gitattributes": "* -text\n",
}


def brought(repo: Path, files: dict[str, str]) -> None:
    """The change's branch, made by hand, with more on it than a proposal."""
    proposal = (repo / target.FOLDER / "proposal.md").read_text()
    target.git(repo, "checkout", "-q", "-b", f"feature/{target.CHANGE}", "develop")
    for path, text in {**files, f"{target.FOLDER}/proposal.md": proposal}.items():
        (repo / path).parent.mkdir(parents=True, exist_ok=True)
        (repo / path).write_text(text)
    target.git(repo, "add", "-A")
    target.git(repo, "commit", "-qm", "feat: bring more than a proposal")
    target.git(repo, "checkout", "-q", "main")


@pytest.mark.parametrize("path", SMUGGLED)
def test_a_branch_that_brings_rules_for_the_next_change_is_refused(repo: Path, path: str) -> None:
    brought(repo, {path: SMUGGLED[path]})
    with serving(target.Team()), pytest.raises(Mistake, match=r"changes on develop alone"):
        go(repo)
    assert target.git(repo, "log", "--merges", "--oneline", "develop") == ""


def test_a_branch_without_a_proposal_gets_it_from_the_working_tree(repo: Path) -> None:
    target.git(repo, "branch", f"feature/{target.CHANGE}", "develop")
    with serving(target.Team()):
        assert go(repo).state.finished == "merged"


def test_a_verdict_in_which_nothing_applies_is_refused(repo: Path) -> None:
    empty = target.verdict(kind="spec")
    for row in empty["input"]["criteria"]:
        row |= {"answer": "not applicable", "why": " ", "evidence": []}
    course = {**target.play(), "spec-review/1": [[empty], [target.verdict(kind="spec")]]}
    with serving(target.Team(course)) as endpoint:
        assert go(repo).state.finished == "merged"
    said = [str(request["messages"][-1]) for request in endpoint.requests]
    assert any("dry: says not why" in text and "rests on nothing" in text for text in said)


def test_a_docs_change_lands_no_code(tmp_path: Path) -> None:
    repo = target.make(tmp_path / "repo")
    proposal = repo / target.FOLDER / "proposal.md"
    proposal.write_text("<!-- kind: docs -->\n" + proposal.read_text())
    turns = [
        [target.call("create", path="greeter/evil.py", file_text="this is not python(\n")],
        [target.delivery("docs: tell")],
        [
            target.call("bash", command="rm greeter/evil.py"),
            target.call("create", path="docs/farewell.md", file_text="# Farewell\n"),
        ],
        [target.delivery("docs: tell of the farewell")],
    ]
    course = {**target.play(), "implement/1": turns, "review/1": [[target.verdict(kind="code")]]}
    with serving(target.Team(course)) as endpoint:
        assert go(repo).state.finished == "merged"
    told = [str(request["messages"][-1]) for request in endpoint.requests]
    assert any("greeter/evil.py" in text and "a docs change touches documents alone" in text for text in told)
    landed = target.git(repo, "ls-tree", "-r", "--name-only", "develop").splitlines()
    assert "docs/farewell.md" in landed and "greeter/evil.py" not in landed


def test_a_prompt_that_asks_for_what_nobody_gives_stops_the_run_before_it_begins(repo: Path) -> None:
    target.git(repo, "stash", "-qu")
    target.git(repo, "checkout", "-q", "develop")
    (repo / "prompts").mkdir()
    (repo / "prompts" / "qa.md.j2").write_text("{{ nonsense }}")
    target.git(repo, "add", "-A")
    target.git(repo, "commit", "-qm", "chore: break a prompt")
    target.git(repo, "checkout", "-q", "main")
    target.git(repo, "stash", "pop", "-q")
    with serving(target.Team()) as endpoint, pytest.raises(Mistake, match=r"prompts/qa\.md\.j2 asks for nonsense"):
        go(repo)
    assert not endpoint.requests and not kit.journal(repo)


@pytest.mark.parametrize("cap", [math.nan, math.inf, -1.0])
def test_a_cap_is_an_amount(cap: float) -> None:
    with pytest.raises(ValidationError):
        Decision(subject="s", verb="approve", cap=cap)
    odd = Decision.model_construct(subject="s", verb="approve", to="", comment="", cap=math.nan)
    asked = Asked(key="k", kind="human", question="q", detail={"subject": "s", "verbs": ["approve"], "least": 1.0})
    assert "at least 1.00" in objection(asked, odd)


def test_broken_tries_count_against_the_cap_of_their_role() -> None:
    spend = Spend(lambda model, usage: 0.0)
    asked = Asked(key="k", kind="model", question="q", detail={"role": "architect", "reserve": 0.7, "stage": "design"})
    tried = Tried(key="k", fault="reset", wait=1.0)
    for seq, event in enumerate([asked, *[tried] * 3]):
        spend.add(Entry(seq=seq, at=0.0, event=event, hash=""))
    assert spend.used("architect") == pytest.approx(2.1) and spend.used() == pytest.approx(2.1)


def test_a_question_of_a_role_is_told_in_full(repo: Path) -> None:
    ask: list[list[dict[str, Any]]] = [[target.call("ask_ceo", question="Should it\nwave, too?")]]
    course = {**target.play(), "design/1": [*ask, *target.design()]}
    with serving(target.Team(course)), pytest.raises(Parked, match=r"the architect asks: Should it wave, too\?"):
        go(repo, ceo=Nobody())
    assert not [e for e in kit.journal(repo) if isinstance(e.event, Answered) and e.event.kind == "human"]
    assert not [e for e in kit.journal(repo) if isinstance(e.event, Left) and e.event.stage == "design"]
