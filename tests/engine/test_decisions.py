"""What the CEO can say, when, and what counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness import app
from harness.domain.decision import Decision
from harness.domain.event import Answered, Asked, Authorized, Completed, Entered, Entry, Failed, Turned
from harness.errors import Conflict, GaveUp, Parked, Refused, Stopped
from harness.flow.accept import objection
from harness.flow.fold import fold
from harness.replay import replay
from harness.site import spend
from harness.verify.source import case
from harness.verify.table import verify
from tests import target
from tests.endpoint import Endpoint
from tests.engine import kit
from tests.engine.conftest import Played
from tests.engine.kit import Plan, go, later, put, said, serving, settle, waiting

Turns = list[list[dict[str, Any]]]


def short(**more: Turns) -> dict[str, Turns]:
    """The course in which nothing fails and nobody returns anything; `more` by stage and attempt, `__` for `/`."""
    usual = target.play()
    course = {
        "design/1": target.design()[1:],
        "spec-review/1": usual["spec-review/1"],
        "implement/1": target.implement(),
        "qa/1": usual["qa/1"],
        "review/1": [[target.verdict(kind="code", cite="CHANGELOG.md:3")]],
    }
    return {**course, **{name.replace("__", "/").replace("_", "-"): turns for name, turns in more.items()}}


def same_again(top: Path, tmp_path: Path) -> None:
    """The run in `top` replays, and holds against git."""
    assert replay(kit.transcript(top, tmp_path / "run.jsonl")).outcome == fold(kit.journal(top)).finished
    found = verify(case(top, target.CHANGE, None))
    assert {check.name: check.finding.text for check in found if check.finding.result == "failed"} == {}


def test_approve_while_a_driver_waits(repo: Path, tmp_path: Path) -> None:
    """A decision that lies in the inbox is taken up by the driver at its own prompt, and used once."""

    class Other(target.Yes):
        def ask(self, asked: Asked, poll: Any) -> Decision | None:
            assert poll() is None
            with kit.at(repo) as found, pytest.raises(Conflict):
                app.settle(found, app.change_of(found, target.CHANGE))
            put(repo, said(comment=asked.detail["what"])(asked))
            found_now: Decision | None = poll()
            return found_now

    with serving(target.Team(short())):
        assert go(repo, Other()).state.finished == "merged"
    entries = kit.journal(repo)
    assert [e.answer["comment"] for e in kit.of(entries, Answered) if e.kind == "human"] == [
        f"implement {target.CHANGE} as specified",
        f"merge feature/{target.CHANGE} to develop",
    ]
    assert not kit.of(entries, Turned), "a decision that counted was also turned down"
    same_again(repo, tmp_path)


def test_approve_while_parked_by_the_next_driver_or_by_none(repo: Path, tmp_path: Path) -> None:
    with serving(target.Team(short())) as endpoint:
        with pytest.raises(Parked):
            go(repo, Plan(("implement", later)))
        asked = len(endpoint.requests)
        put(repo, said()(waiting(repo)))
        with pytest.raises(Parked, match="merge"):
            go(repo, Plan(("merge", later)))
        assert len(endpoint.requests) > asked
        put(repo, said()(waiting(repo)))
        assert settle(repo)
        asked = len(endpoint.requests)
        assert go(repo, target.Yes(later)).state.finished == "merged"
        assert len(endpoint.requests) == asked
    same_again(repo, tmp_path)


def test_a_stale_decision_is_kept_and_does_not_count(repo: Path, tmp_path: Path) -> None:
    with serving(target.Team(short())):
        with pytest.raises(Parked):
            go(repo, Plan(("implement", later)))
        put(repo, Decision(subject="0" * 64, verb="approve", by="cleo"))
        assert not settle(repo)
        turned = kit.of(kit.journal(repo), Turned)
        assert [t.decision["subject"] for t in turned] == ["0" * 64] and "waiting" in turned[0].why
        with pytest.raises(Parked, match="does not count"):
            go(repo, Plan(("implement", lambda asked: Decision(subject="1" * 64, verb="approve", by="cleo"))))
        assert len(kit.of(kit.journal(repo), Turned)) == 2
        assert go(repo).state.finished == "merged"
    same_again(repo, tmp_path)


def test_the_first_valid_answer_wins(repo: Path, tmp_path: Path) -> None:
    with serving(target.Team(short())):
        with pytest.raises(Parked):
            go(repo, Plan(("implement", later)))
        asked = waiting(repo)
        put(repo, said(comment="first")(asked))
        put(repo, said("return", to="design", comment="second")(asked))
        assert go(repo).state.finished == "merged"
    entries = kit.journal(repo)
    assert next(e.answer["comment"] for e in kit.of(entries, Answered) if e.kind == "human") == "first"
    assert [t.decision["comment"] for t in kit.of(entries, Turned)] == ["second"]
    same_again(repo, tmp_path)


@pytest.mark.parametrize(
    ("decision", "why"),
    [
        (Decision(subject="s", verb="return", to="design"), "needs a comment"),
        (Decision(subject="s", verb="return", to="merge", comment="x"), "it can go back to design"),
        (Decision(subject="s", verb="answer", comment="x"), "takes approve, return"),
        (Decision(subject="s", verb="approve", cap=1.0), "at least 2.00"),
        (Decision(subject="s", verb="approve", cap=2.0), ""),
        (Decision(subject="", verb="approve", cap=2.0), "about nothing"),
    ],
)
def test_what_does_not_count(decision: Decision, why: str) -> None:
    detail = {"subject": "s", "verbs": ["approve", "return"], "returns": ["design"], "least": 2.0}
    found = objection(Asked(key="k", kind="human", question="q", detail=detail), decision)
    assert why in found and bool(found) == bool(why)


def test_the_ceo_returns_to_every_step(repo: Path, tmp_path: Path) -> None:
    """Design from the spec's approval; QA, implementation and proposal from the merge's. Comments reach the role."""
    again = "- [ ] 1.1 Write the function\n- [ ] 1.2 Test it\n"
    course = short(
        design__2=[
            [target.call("create", path=f"{target.FOLDER}/tasks.md", file_text=again)],
            [target.delivery("docs(farewell): add a task")],
        ],
        spec_review__2=[[target.verdict()]],
        qa__2=[[target.signoff()]],
        review__2=[[target.verdict(kind="code", cite="CHANGELOG.md:3")]],
    )
    ceo = Plan(
        ("implement", said("return", to="design", comment="plan a test")),
        ("merge", said("return", to="qa", comment="try an empty name")),
        ("merge", said("abandon")),
    )
    with serving(target.Team(course)) as endpoint:
        assert go(repo, ceo).state.finished == "abandoned"
    briefs = [str(request["messages"][0]) for request in endpoint.requests]
    assert any("plan a test" in brief and "Task: specify" in brief for brief in briefs)
    assert any("try an empty name" in brief and "Task: test" in brief for brief in briefs)
    returned = [left for left in kit.passage(kit.journal(repo)) if left[1] == "return"]
    assert returned == [("spec-approval", "return", "design"), ("approval", "return", "qa")]
    same_again(repo, tmp_path)


def test_a_return_to_the_proposal_waits_for_its_change(repo: Path) -> None:
    course = short(design__2=[[target.call("view", path="README.md", view_range=[])], *target.design()[1:]])
    course["design/2"][1] = [target.call("create", path=f"{target.FOLDER}/tasks.md", file_text="- [ ] 1 Say more\n")]
    course["spec-review/2"] = [[target.verdict()]]
    with serving(target.Team(course)):
        with pytest.raises(app.Mistake, match="unchanged since it was sent back"):
            go(repo, Plan(("implement", said("return", to="proposal", comment="say how loud"))))
        text = target.PROPOSAL + "- Not too loud.\n"
        (repo / target.FOLDER / "proposal.md").write_text(text)
        with pytest.raises(Parked):
            go(repo, Plan(("implement", later)))
    branch = f"feature/{target.CHANGE}"
    assert target.git(repo, "show", f"{branch}:{target.FOLDER}/proposal.md") == text.strip()
    assert (
        target.git(repo, "log", "--format=%s", branch).splitlines().count("docs(add-farewell): propose the change") == 2
    )


@pytest.mark.parametrize("where", ["parked", "asked", "authorized"])
def test_abandon_at_any_time(repo: Path, tmp_path: Path, where: str) -> None:
    """While nobody drives, while the driver asks, and while a role works on what was authorized."""
    final, team = {"subject": "abandon", "verb": "abandon", "by": "cleo", "comment": "no need"}, target.Team(short())

    def asked(question: Asked) -> Decision | None:
        if where == "asked":
            put(repo, final)
        return None if where == "parked" else said()(question)

    def script(request: dict[str, Any], number: int) -> list[dict[str, Any]]:
        if where == "authorized" and "Task: implement" in str(request["messages"][0]):
            put(repo, final)
        return team(request, number)

    with serving(script):
        if where == "parked":
            with pytest.raises(Parked):
                go(repo, Plan(("implement", asked)))
            put(repo, final)
            with kit.at(repo) as found:
                app.abandon(found, app.change_of(found, target.CHANGE))
        else:
            assert go(repo, Plan(("implement", asked))).state.finished == "abandoned"
    entries = kit.journal(repo)
    assert fold(entries).finished == "abandoned"
    assert [e for e in kit.of(entries, Entered) if e.stage == "implement"] == [] or where == "authorized"
    assert target.git(repo, "rev-list", "--count", "develop") == "1"
    # what was authorized is told not to have been executed
    assert len(kit.of(entries, Failed)) == len(kit.of(entries, Authorized)) == (where == "authorized")
    same_again(repo, tmp_path)


def test_a_final_no_after_the_merge_comes_too_late(repo: Path) -> None:
    """Wherever it comes after the merge was made, the run is not said to be abandoned."""

    def watch(entry: Entry) -> None:
        if entry.event.type == "answered" and entry.event.key == "merge/1/merge":
            put(repo, {"subject": "abandon", "verb": "abandon", "by": "cleo"})

    with serving(target.Team(short())), kit.at(repo) as found:
        shown = app.Screen(watch=watch, ceo=target.Yes())
        change = app.change_of(found, target.CHANGE)
        assert app.run(found, change, shown).state.finished == "merged"
        with pytest.raises(Refused, match="landed already"):
            app.abandon(found, change)


def test_a_kill_after_the_final_no_does_not_undo_it(repo: Path) -> None:
    with serving(target.Team(short())) as endpoint:
        with pytest.raises(Parked):
            go(repo, Plan(("implement", later)))
        put(repo, {"subject": "abandon", "verb": "abandon", "by": "cleo"})
        with kit.at(repo) as found:
            app.abandon(found, app.change_of(found, target.CHANGE))
            # a kill between the answer and the end that follows from it
            last = found.journal(target.CHANGE).read()[-1]
            assert last.event.type == "finished"
            found.store.execute("delete from entries where run=? and seq=?", (target.CHANGE, last.seq))
        asked = len(endpoint.requests)
        assert go(repo).state.finished == "abandoned"
        assert len(endpoint.requests) == asked


def test_stop_and_go_on(repo: Path, tmp_path: Path) -> None:
    team = target.Team(short())

    def script(request: dict[str, Any], number: int) -> list[dict[str, Any]]:
        if number == 1:
            put(repo, {"verb": "stop"})
        return team(request, number)

    with serving(script) as endpoint:
        with pytest.raises(Stopped, match="goes on"):
            go(repo)
        assert len(endpoint.requests) == 2
        assert go(repo).state.finished == "merged"
        assert len(endpoint.requests) == sum(map(len, short().values()))
    same_again(repo, tmp_path)


def capped(top: Path, dollars: float) -> None:
    """Commit a budget to develop."""
    target.git(top, "stash", "-q", "-u")
    target.git(top, "checkout", "-q", "develop")
    (top / "harness.toml").write_text(f"{target.CONFIG}\n[budget]\nchange = {dollars}\n")
    target.git(top, "commit", "-qam", "chore: set a budget")
    target.git(top, "checkout", "-q", "main")
    target.git(top, "stash", "pop", "-q")


def test_a_cap_is_kept_and_can_be_raised(repo: Path, tmp_path: Path, played: Played) -> None:
    """The cap covers the first call's reservation, and a little more: what follows is asked before it is spent."""
    first = next(e.detail["reserve"] for e in kit.of(played.entries, Asked) if e.kind == "model")
    cap = first * 1.02
    capped(repo, cap)
    with serving(target.Team(short())) as endpoint:
        with pytest.raises(Parked, match="budget"):
            go(repo, Plan(("budget", later)))
        entries, made = kit.journal(repo), len(endpoint.requests)
        assert 0 < spend(entries).spent <= cap
        asked = waiting(repo)
        assert asked.detail["least"] > cap and 0 < made < sum(map(len, short().values()))
        put(repo, said(cap=cap)(asked))
        assert not settle(repo)
        put(repo, said(cap=50.0)(asked))
        assert settle(repo)
        assert go(repo).state.finished == "merged"
    assert spend(kit.journal(repo)).spent <= 50.0
    same_again(repo, tmp_path)


def test_gave_up_is_for_the_ceo(repo: Path, tmp_path: Path) -> None:
    """Three failed attempts end with exit code 1; a return of the CEO goes on, with the comment."""
    course = short()
    talk: Turns = [[{"type": "text", "text": "I am done."}]]
    team = target.Team(course)

    def script(request: dict[str, Any], number: int) -> list[dict[str, Any]]:
        brief = str(request["messages"][0])
        if "Task: implement" in brief and "be quick" not in brief:
            return talk[0]
        return team(request, number)

    with serving(script) as endpoint:
        with pytest.raises(GaveUp) as gave_up:
            go(repo, Plan(("gave up", later)))
        assert gave_up.value.exit_code == 1
        entries = kit.journal(repo)
        assert [left for left in kit.passage(entries) if left[0] == "implement"] == [
            ("implement", "fail", "implement")
        ] * 3
        assert [act.action for act in kit.of(entries, Failed)] == [f"implement {target.CHANGE} as specified"]
        put(repo, said("return", to="implement", comment="be quick")(waiting(repo)))
        assert go(repo).state.finished == "merged"
        assert len(kit.of(kit.journal(repo), Completed)) == 1
    assert not endpoint.refused
    same_again(repo, tmp_path)


def test_a_role_asks_the_ceo(repo: Path, tmp_path: Path) -> None:
    course = short()
    course["design/1"].insert(0, [target.call("ask_ceo", question="How loud?")])
    with serving(target.Team(course)) as endpoint:
        with pytest.raises(Parked, match="architect asks"):
            go(repo, Plan(("asks", later)))
        assert waiting(repo).detail["about"]["question"] == "How loud?"
        put(repo, said("answer", comment="Very.")(waiting(repo)))
        assert settle(repo)
        assert go(repo).state.finished == "merged"
    told: Endpoint = endpoint
    assert "The CEO answers: Very." in str(told.requests[1]["messages"][-1])
    same_again(repo, tmp_path)


def test_what_this_machine_can_not_measure_is_for_the_ceo_first(tmp_path: Path) -> None:
    files = {**target.FILES, "harness.toml": target.CONFIG.replace("build = ", "lint = ")}
    top = target.make(tmp_path / "repo", files)
    with serving(target.Team(short())) as endpoint:
        with pytest.raises(Parked, match="can't run"):
            go(top, Plan(("can't run", later)))
        assert not endpoint.requests
        assert "build" in waiting(top).detail["about"]["unable"]
        put(top, said("abandon")(waiting(top)))
        assert settle(top)
        assert go(top).state.finished == "abandoned"
