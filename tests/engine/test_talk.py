"""One attempt's conversation: every way in which a turn can end, and every submission that is not accepted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.domain.event import Answered, Denied, Entry, Left, Opened
from harness.errors import GaveUp, Parked
from harness.replay import replay
from tests import target
from tests.endpoint import Reply
from tests.engine import kit
from tests.engine.kit import Plan, go, later, serving

TEXT = {"type": "text", "text": "I have looked at all of it."}
FULL = target.design()
Requests = list[dict[str, Any]]


def attempts(entries: list[Entry], stage: str) -> list[Left]:
    return [left for left in kit.of(entries, Left) if left.stage == stage]


def play(top: Path, first: list[Reply], then: list[Reply] | None = None) -> tuple[list[Entry], Requests]:
    """Drive to the end of the design: its turns are `first` and then the usual work; (entries, the requests made)."""
    replies = iter([*first, *(FULL[1:] if then is None else then)])

    def script(request: dict[str, Any], number: int) -> Reply:
        if "# Task: review" in str(request["messages"][0]):
            return [target.verdict()]
        return next(replies)

    with serving(script) as endpoint:
        with pytest.raises(Parked):
            go(top, target.Yes(later))
        assert not endpoint.refused
    entries = kit.journal(top)
    assert replay(kit.transcript(top, top.parent / "run.jsonl")).outcome == "the record ends here"
    return entries, endpoint.requests


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        ([TEXT], "submit"),
        ({"content": [TEXT], "stop_reason": "stop_sequence"}, "submit"),
        ({"content": []}, "Please continue."),
        ({"content": [TEXT], "stop_reason": "max_tokens"}, "cut at the token limit"),
        ({"content": [TEXT], "stop_reason": "pause_turn"}, "Go on."),
        (
            {"content": [target.call("view", path="README.md", view_range=[])], "stop_reason": "max_tokens"},
            "cut at the token limit",
        ),
    ],
)
def test_an_odd_turn_is_answered_and_goes_on(repo: Path, reply: Reply, told: str) -> None:
    entries, requests = play(repo, [reply])
    assert told in str(requests[1]["messages"][-1])
    assert requests[1]["messages"][-1]["role"] == "user"
    assert [left.outcome for left in attempts(entries, "design")] == ["pass"]


@pytest.mark.parametrize("stop", ["refusal", "model_context_window_exceeded", "something_new"])
def test_a_turn_that_ends_the_attempt(repo: Path, stop: str) -> None:
    entries, requests = play(repo, [{"content": [TEXT], "stop_reason": stop}])
    first, second = attempts(entries, "design")
    assert (first.outcome, second.outcome) == ("fail", "pass") and stop in first.why
    assert len(requests[1]["messages"]) == 1 and stop in str(requests[1]["messages"])


def test_silence_again_and_again_ends_the_attempt(repo: Path) -> None:
    entries, requests = play(repo, [[TEXT]] * 4)
    assert attempts(entries, "design")[0].why == "the model stopped with 'end_turn' again and again"
    assert len(requests[3]["messages"]) == 7
    assert str(requests[2]["messages"][-1]) != str(requests[3]["messages"][-1]), (
        "the last nudge says that it is the last"
    )


def test_a_denied_tool_is_told_and_its_world_is_not_asked(repo: Path) -> None:
    entries, requests = play(repo, [[target.call("bash", command="touch x"), target.call("no_such_tool")]])
    denied = kit.of(entries, Denied)
    assert [(d.key, d.role) for d in denied] == [("design/1/1/0", "architect"), ("design/1/1/1", "architect")]
    results = requests[1]["messages"][-1]["content"]
    assert all(block["is_error"] for block in results) and "has no tool 'bash'" in results[0]["content"]
    assert not [key for key in kit.answered(entries, "tool") if key.startswith("design/1/1/")]


def test_a_path_that_is_not_the_roles_is_refused(repo: Path) -> None:
    _, requests = play(repo, [[target.call("create", path="greeter/x.py", file_text="x = 1\n")]])
    told = requests[1]["messages"][-1]["content"][0]
    assert told["is_error"] and "the architect may not write it" in told["content"]
    assert "greeter/x.py" not in target.git(repo, "ls-tree", "-r", "--name-only", f"feature/{target.CHANGE}")


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ("Added the spec", "not conventional"),
        ("feature: add the spec", "is not one of"),
        ("docs: added the spec", "not the imperative"),
        (f"docs: add {'x' * 70}", "keep it under 72"),
        ("docs: add the spec\nand more", "leave a blank line"),
        ("docs: add the spec (#12)", "put it into a footer"),
        ("docs: add the spec\n\nBreaking change: all of it", "write `BREAKING CHANGE: what breaks"),
        ("fixup! docs: add the spec", "squashed"),
        ("docs: add the spec\n\nApproved-by: cleo", "is not yours to say"),
        ("", "the message is empty"),
    ],
)
def test_a_commit_message_that_is_not_accepted(repo: Path, message: str, why: str) -> None:
    entries, requests = play(repo, [], [FULL[1], [target.delivery(message)], FULL[2]])
    told = requests[2]["messages"][-1]["content"][0]
    assert told["is_error"] and "Not accepted" in told["content"] and why in told["content"]
    assert len([e for e in kit.of(entries, Opened) if e.role == "architect"]) == 1


def test_a_submission_of_another_shape_is_told_field_by_field(repo: Path) -> None:
    _, requests = play(repo, [], [FULL[1], [target.call("submit", message="docs: add it")], FULL[2]])
    text = requests[2]["messages"][-1]["content"][0]["content"]
    assert "summary" in text and "spec_problem" in text


def test_an_empty_delivery_is_told_so(repo: Path) -> None:
    entries, requests = play(repo, [FULL[2]])
    assert "Nothing was changed" in requests[1]["messages"][-1]["content"][0]["content"]
    assert len(attempts(entries, "design")) == 1


def test_nothing_runs_after_a_submission(repo: Path) -> None:
    late = target.call("create", path=f"{target.FOLDER}/late.md", file_text="late\n")
    entries, _ = play(repo, [], [FULL[1], [*FULL[2], late]])
    assert "late.md" not in target.git(repo, "ls-tree", "-r", "--name-only", f"feature/{target.CHANGE}")
    assert attempts(entries, "design")[0].outcome == "pass"


def wrong_verdict(**over: Any) -> dict[str, Any]:
    given = target.verdict()
    return {**given, "input": {**given["input"], **over}}


def criteria(**over: Any) -> list[dict[str, Any]]:
    first, *others = target.verdict()["input"]["criteria"]
    return [{**first, **over}, *others]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (wrong_verdict(criteria=criteria(evidence=[])), "dry: cites nothing"),
        (wrong_verdict(criteria=criteria(evidence=["README.md:999"])), "README.md:999 does not exist"),
        (wrong_verdict(criteria=criteria(evidence=["it looks fine"])), "it looks fine does not exist"),
        (wrong_verdict(criteria=criteria(evidence=["GET /farewell"])), "is no operation"),
        (wrong_verdict(criteria=criteria(criterion="beauty")), "beauty was not asked"),
        (wrong_verdict(criteria=criteria()[1:]), "dry is not answered"),
        (wrong_verdict(criteria=[*criteria(), *criteria()[:1]]), "dry is answered twice"),
        (wrong_verdict(criteria=criteria(answer="not met")), "approve, but not met: dry"),
        (wrong_verdict(decision="return", to="merge", corrections=target.verdict("return")["input"]["corrections"]),
         "a return goes to one of design"),
        (wrong_verdict(decision="return", to="design"), "a return names at least one"),
        (wrong_verdict(architecture=[{"item": "dependency x", "accepted": True, "why": "x"}]), "is not on the list"),
    ],
)  # fmt: skip
def test_a_verdict_that_is_not_accepted(repo: Path, given: dict[str, Any], why: str) -> None:
    def script(request: dict[str, Any], number: int) -> Reply:
        if "# Task: specify" in str(request["messages"][0]):
            return FULL[1:][len(request["messages"]) // 2]
        return [given] if len(request["messages"]) == 1 else [target.verdict()]

    with serving(script) as endpoint, pytest.raises(Parked, match="implement"):
        go(repo, target.Yes(later))
    told = endpoint.requests[-1]["messages"][-1]["content"][0]
    assert told["is_error"] and why in told["content"]


def course(**more: Any) -> dict[str, Any]:
    usual = target.play()
    again = {
        "implement/1": target.implement(),
        "implement/2": [
            [target.call("insert", path="CHANGELOG.md", insert_line=3, insert_text="- By name.\n")],
            [target.delivery("docs(changelog): name the name")],
        ],
        "review/1": [[target.verdict(kind="code", cite="CHANGELOG.md:3")]],
        "spec-review/2": [[target.call("view", path="README.md", view_range=[])], [target.verdict()]],
        "design/2": [
            [target.call("create", path=f"{target.FOLDER}/design.md", file_text="# Design\n\nLouder.\n")],
            [target.delivery("docs(farewell): make it louder")],
        ],
    }
    return {**usual, **again, **{name.replace("__", "/"): turns for name, turns in more.items()}}


def test_qa_returns_the_change_with_corrections(repo: Path) -> None:
    plan = course(qa__1=[[target.signoff("return", "implement")]])
    with serving(target.Team(plan)) as endpoint:
        assert go(repo).state.finished == "merged"
    assert ("qa", "return", "implement") in kit.passage(kit.journal(repo))
    briefs = [str(r["messages"][0]) for r in endpoint.requests]
    assert any("greeter/__init__.py:1: wrong. To do: mend it" in brief for brief in briefs)


@pytest.mark.parametrize("stage", ["implement", "qa"])
def test_a_problem_in_the_spec_reopens_the_design(repo: Path, stage: str) -> None:
    problem = "nobody says how loud"
    if stage == "implement":
        plan = course(implement__1=[[target.delivery("feat: say nothing", problem)]])
        plan["implement/2"] = target.implement()
    else:
        given = target.signoff()
        plan = course(qa__1=[[{**given, "input": {**given["input"], "spec_problem": problem}}]])
    with serving(target.Team(plan)) as endpoint:
        assert go(repo).state.finished == "merged"
    assert (stage, "return", "design") in kit.passage(kit.journal(repo))
    assert any(problem in str(r["messages"][0]) and "Task: specify" in str(r["messages"][0]) for r in endpoint.requests)
    stages = [left[0] for left in kit.passage(kit.journal(repo))]
    assert stages.count("spec-approval") == 2


def test_turns_used_up_the_next_attempt_begins_from_the_last_snapshot(repo: Path) -> None:
    """Three turns an attempt: what was written in the first is there in the second."""
    role = (Path(__file__).parents[2] / "roles" / "architect.toml").read_text().replace("turns = 80", "turns = 3")
    target.git(repo, "stash", "-q", "-u")
    target.git(repo, "checkout", "-q", "develop")
    (repo / "roles").mkdir()
    (repo / "roles" / "architect.toml").write_text(role)
    target.git(repo, "add", "roles")
    target.git(repo, "commit", "-qm", "chore: hurry the architect")
    target.git(repo, "checkout", "-q", "main")
    target.git(repo, "stash", "pop", "-q")
    look: Reply = [target.call("view", path=f"{target.FOLDER}/design.md", view_range=[])]
    entries, requests = play(repo, [FULL[1], look, look], [look, FULL[2]])
    first, second = attempts(entries, "design")
    assert "used all of its 3 turns" in first.why and second.outcome == "pass"
    snapshots = [e.answer["snapshot"] for e in kit.of(entries, Answered) if e.kind == "tool" and "snapshot" in e.answer]
    assert first.artifact["snapshot:design"] == snapshots[-1]
    told = requests[4]["messages"][-1]["content"][0]
    assert "One function more." in told["content"] and not told.get("is_error")


def test_rounds_used_up_keep_the_commits(repo: Path) -> None:
    """Four failed measurements end the attempt; the next one begins from what was committed, with the facts."""
    bad = target.implement(target.BAD)[:2]
    more = [[target.call("insert", path="CHANGELOG.md", insert_line=3, insert_text=f"- Try {n}.\n")] for n in range(3)]
    deliver = [target.delivery("docs(changelog): try again")]
    plan = course(implement__1=[*bad, more[0], deliver, more[1], deliver, more[2], deliver])
    fix = 'sed -i \'s/return "Bye"/return f"Bye, {name}"/\' greeter/__init__.py'
    plan["implement/2"] = [[target.call("bash", command=fix)], [target.delivery("fix(greeter): say the name")]]
    with serving(target.Team(plan)) as endpoint:
        assert go(repo, Plan()).state.finished == "merged"
    first, second = attempts(kit.journal(repo), "implement")
    assert first.outcome == "fail" and "tests failed" in first.why and second.outcome == "pass"
    brief = next(str(r["messages"][0]) for r in endpoint.requests if "after 4 submissions" in str(r["messages"][0]))
    assert "say_bye" in brief
    log = target.git(repo, "log", "--format=%s", f"feature/{target.CHANGE}").splitlines()
    assert log.count("docs(changelog): try again") == 3


def test_three_failed_attempts_are_for_the_ceo(repo: Path) -> None:
    with serving(lambda request, number: {"content": [TEXT], "stop_reason": "refusal"}), pytest.raises(GaveUp):
        go(repo, target.Yes(later))
    assert [left.outcome for left in attempts(kit.journal(repo), "design")] == ["fail"] * 3
