"""The whole course of a change, from its proposal to the record on develop."""

from __future__ import annotations

import json
import re

from harness.domain.event import Answered, Asked, Authorized, Completed, Opened, Tried
from harness.flow.fold import fold
from harness.flow.pipeline import PIPELINE
from harness.flow.record import sessions
from harness.site import spend
from tests import target
from tests.engine import kit
from tests.engine.conftest import Played, checkout

BRANCH = f"feature/{target.CHANGE}"


def test_stages_follow_one_another(played: Played) -> None:
    straight = [row.id for row in PIPELINE]
    again = straight[straight.index("implement") :]
    back = straight.index("review") + 1
    assert [stage for stage, _, _ in kit.passage(played.entries)] == straight[:back] + again
    assert [left for left in kit.passage(played.entries) if left[1] != "pass"] == [("review", "return", "implement")]
    assert fold(played.entries).finished == "merged"


def test_a_failed_gate_goes_on_in_the_same_conversation(played: Played) -> None:
    results = [e.answer for e in kit.of(played.entries, Answered) if e.key.startswith("implement/1/round-1/gate/")]
    assert [r["gate"] for r in results if r["result"] == "failed"] == ["tests"]
    third = next(r for r in played.requests if len(r["messages"]) == 5 and "implement" in str(r["messages"][0])[:90])
    told = third["messages"][-1]["content"][0]
    assert told["type"] == "tool_result" and told["is_error"] and "say_bye" in told["content"]


def test_commits_carry_the_roles_as_authors(played: Played) -> None:
    authors = target.git(played.top, "log", "--reverse", "--format=%an %cn %s", f"develop~2..{BRANCH}").splitlines()
    assert authors == [
        "Cleo Owner Cleo Owner docs(add-farewell): propose the change",
        "Architect Cleo Owner docs(farewell): specify the farewell",
        "Principal Developer Cleo Owner feat(greeter): say goodbye",
        "Principal Developer Cleo Owner fix(greeter): say the name",
        "Principal Developer Cleo Owner docs(changelog): name the name",
    ]


def test_the_merge_is_exactly_the_gated_tree(played: Played) -> None:
    merge = target.git(played.top, "rev-parse", "develop~1")
    parents, tree = target.git(played.top, "show", "-s", "--format=%P|%T", merge).split("|")
    candidate = fold(played.entries).artifacts["candidate"]
    assert parents.split() == [candidate["develop"], target.git(played.top, "rev-parse", BRANCH)]
    measured = {
        e.answer["tree"]
        for e in kit.of(played.entries, Answered)
        if e.kind == "gate" and re.match(r"qa/2/round-1/gate/", e.key)
    }
    assert measured == {tree} == {candidate["tree"]}
    assert len(target.git(played.top, "rev-list", "--merges", "develop").split()) == 1


def test_the_merge_names_its_approval(played: Played) -> None:
    body = target.git(played.top, "show", "-s", "--format=%B", "develop~1")
    trailers = dict(line.split(": ", 1) for line in body.splitlines() if re.match(r"[A-Z][\w-]+: ", line))
    decision = [e for e in played.entries if isinstance(e.event, Answered) and e.event.kind == "human"][-1]
    assert trailers["Approved-by"] == "cleo"
    assert trailers["Approval"] == decision.event.answer["subject"]
    assert trailers["Approval-chain"] == decision.hash
    assert trailers["Spec-lock"] == fold(played.entries).artifacts["lock"]
    assert trailers["Gated-tree"] == target.git(played.top, "rev-parse", "develop~1^{tree}")


def test_the_record_is_committed_with_numbered_minutes(played: Played) -> None:
    paths = target.git(played.top, "diff", "--name-status", "develop~1", "develop").splitlines()
    place = target.archived(played.top)
    assert re.fullmatch(r"openspec/changes/archive/\d{4}-\d\d-\d\d-add-farewell", place)
    record = [f"A\t{place}/record/{name}.md" for name in
              ("confirmations", "decisions", "gates", "pull-request", "sessions")]  # fmt: skip
    assert [path for path in paths if "/record/" in path] == record
    report = f"A\t{place}/qa-report.md"
    assert report in paths and "[x] It builds" in target.git(played.top, "show", f"develop:{report[2:]}")
    minutes = [path for path in paths if "\tTBC/" in path]
    assert len(minutes) == 1 and re.fullmatch(r"A\tTBC/minutes/TBC-MIN-001-\d{4}-\d\d-\d\d\.md", minutes[0])
    text = target.git(played.top, "show", f"develop:{minutes[0][2:]}")
    assert text.startswith("# TBC-MIN-001: ") and "NNN" not in text
    held = re.findall(r"^- session (\d+), from .+: (.+) \[(?:entries \d+ to \d+|from entry \d+ on)\]$", text, re.M)
    assert [int(number) for number, _ in held] == [each.number for each in sessions(played.entries)]
    assert held[-1][1] == "under way when this was written"


def test_authorized_and_completed_are_different_messages(played: Played) -> None:
    granted, done = kit.of(played.entries, Authorized), kit.of(played.entries, Completed)
    assert [act.action for act in granted] == [act.action for act in done]
    assert [act.message for act in granted] == [1, 3] and [act.message for act in done] == [2, 4]
    said = {message.number: message for message in kit.messages(played.top)}
    assert [said[n].author for n in sorted(said)] == ["CEO", "Virtual CTO", "CEO", "Virtual CTO"]
    for act in done:
        assert act.commit in said[act.message].text
        assert target.git(played.top, "cat-file", "-t", act.commit) == "commit"
    for act in granted:
        assert not re.search(r"complet|commit", said[act.message].text, re.I)


def test_the_users_checkout_is_not_touched(played: Played) -> None:
    assert checkout(played.top) == played.before


def test_one_request_a_turn_and_no_side_calls(played: Played) -> None:
    turns = sum(len(turns) for turns in target.play().values())
    assert len(played.requests) == turns == len(kit.answered(played.entries, "model"))
    briefs = {json.dumps(request["messages"][0]) for request in played.requests}
    assert len(briefs) == len(kit.of(played.entries, Opened)) == len(target.play())


def test_the_cost_is_folded_by_role(played: Played) -> None:
    total = spend(played.entries)
    assert kit.of(played.entries, Tried) == []
    assert total.calls == len(played.requests)
    assert total.spent > 0 and not total.possibly and not total.unknown
    assert set(total.by_role) == {"architect", "cto", "developer", "qa"}
    assert abs(sum(total.by_stage.values()) - total.spent) < 1e-9


def test_every_question_is_asked_once(played: Played) -> None:
    asked, answers = kit.of(played.entries, Asked), kit.of(played.entries, Answered)
    assert len({event.key for event in asked}) == len(asked) == len(answers)
    assert [event.detail["what"] for event in played.asked] == [
        f"implement {target.CHANGE} as specified",
        f"merge {BRANCH} to develop",
    ]
