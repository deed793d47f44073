"""Faults of the endpoint in a whole run: the conversation is kept, and nothing but the faulted call is made again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness import app
from harness.domain.event import Left, Opened, Tried
from harness.engine.drive import drive
from harness.errors import Parked, Unreachable
from harness.flow.fold import fold
from harness.journal.lease import lease
from harness.llm.claude import Bounds, Claude
from harness.llm.retry import Retry
from harness.replay import replay
from tests import target
from tests.endpoint import Endpoint, Reply, Script, Trouble
from tests.engine import kit
from tests.engine.kit import Plan, go, later, serving

QUICK = {"retry-after-ms": "20"}


def faulted(at: int, *troubles: Reply) -> Script:
    """The usual design, with trouble in place of its answer number `at`, as often as there are troubles."""
    team, left = target.Team(), list(troubles)

    def script(request: dict[str, Any], number: int) -> Reply:
        return left.pop(0) if number >= at and left else team(request, number)

    return script


def drive_with(top: Path, endpoint: Endpoint, bounds: Bounds, retry: Retry) -> None:
    """As `go`, up to the spec's approval, with other bounds."""
    model = Claude(api_key="test-key", base_url=endpoint.url, bounds=bounds, retry=retry)
    with kit.at(top) as found:
        change = app.change_of(found, target.CHANGE)
        with lease(found.locks, change.run):
            drive(app.build(found, change, model, target.screen(target.Yes(later))))
    model.close()


@pytest.mark.parametrize(
    "troubles",
    [
        [Trouble("status", 429, "rate_limit_error", headers={"retry-after-ms": "30"})],
        [Trouble("status", 429, "rate_limit_error")],
        [Trouble("status", 500)],
        [Trouble("status", 529, "overloaded_error", headers=QUICK)] * 4,
        [Trouble("reset")],
        [Trouble("drop")],
        [Trouble("cut")],
        [Trouble("garbled")],
        [Trouble("event", kind="overloaded_error")],
    ],
    ids=lambda troubles: f"{len(troubles)} {troubles[0].how} {troubles[0].status or ''}",
)
def test_a_fault_is_survived_in_the_same_conversation(repo: Path, troubles: list[Reply]) -> None:
    with serving(faulted(1, *troubles)) as endpoint:
        with pytest.raises(Parked, match="implement"):
            go(repo, Plan(("implement", later)))
        assert not endpoint.refused
        # the faulted request is sent again, byte for byte
        assert len(set(endpoint.bodies[1 : 2 + len(troubles)])) == 1
    entries = kit.journal(repo)
    assert len(kit.of(entries, Tried)) == len(troubles)
    assert len([e for e in kit.of(entries, Opened) if e.role == "architect"]) == 1
    assert len(endpoint.requests) == len(kit.answered(entries, "model")) + len(troubles)
    assert replay(kit.transcript(repo, repo.parent / "run.jsonl")).outcome == "the record ends here"


def test_four_overloads_take_less_than_ten_seconds(repo: Path) -> None:
    with serving(faulted(1, *[Trouble("status", 529, "overloaded_error")] * 4)), pytest.raises(Parked):
        go(repo, Plan(("implement", later)))
    waits = [tried.wait for tried in kit.of(kit.journal(repo), Tried)]
    assert len(waits) == 4 and sum(waits) < 10 and waits == sorted(waits)


@pytest.mark.parametrize("how", ["stall", "pings"])
def test_silence_is_survived(repo: Path, how: Any) -> None:
    bounds = Bounds(connect=2.0, stall=1.0, deadline=2.0)
    with serving(faulted(1, Trouble(how, seconds=9.0))) as endpoint:
        with pytest.raises(Parked, match="implement"):
            drive_with(repo, endpoint, bounds, Retry(first=0.01))
        assert endpoint.bodies[1] == endpoint.bodies[2]
    assert len(kit.of(kit.journal(repo), Tried)) >= 1


def taken_up(top: Path, script: Script, what: str) -> None:
    """It ends with a sentence; once the endpoint is well again, the same request goes on."""
    with serving(script) as endpoint:
        with pytest.raises(Unreachable, match=what) as unreachable:
            go(top, Plan(("implement", later)))
        assert unreachable.value.exit_code == 1
        asked = endpoint.bodies[-1]
    before = kit.journal(top)
    with serving(kit.Resumed(before)) as endpoint:
        with pytest.raises(Parked, match="implement"):
            go(top, Plan(("implement", later)))
        assert endpoint.bodies[0] == asked, "the conversation is not the one that was interrupted"
        entries = kit.journal(top)
        made = len(kit.answered(entries, "model")) - len(kit.answered(before, "model"))
        assert len(endpoint.requests) == made
    assert [left.outcome for left in kit.of(entries, Left)].count("fail") == 0


@pytest.mark.parametrize(
    ("trouble", "what"),
    [
        (Trouble("status", 429, "rate_limit_error", headers={"retry-after": "600"}), "asks to wait 600 seconds"),
        (Trouble("status", 401, "authentication_error"), "refuses the key"),
        (Trouble("status", 404, "not_found_error"), "does not know the model"),
        (Trouble("html"), "does not answer as a Messages API"),
    ],
)
def test_what_trying_again_does_not_help_ends_with_a_sentence(repo: Path, trouble: Trouble, what: str) -> None:
    taken_up(repo, faulted(1, trouble), what)


def test_a_refused_history_begins_the_attempt_again_from_its_snapshot(repo: Path) -> None:
    said = "messages.1.content.0: The `thinking` block is bound to a different conversation."
    team, state = target.Team(), {"refused": False}

    def script(request: dict[str, Any], number: int) -> Reply:
        first = str(request["messages"][0])
        if "Task: specify" not in first:
            return team(request, number)
        if not state["refused"] and len(request["messages"]) == 3:
            state["refused"] = True
            return Trouble("status", 400, "invalid_request_error", said)
        turns = target.design()[2:] if state["refused"] else target.design()[1:]
        return turns[len(request["messages"]) // 2]

    with serving(script), pytest.raises(Parked, match="implement"):
        go(repo, Plan(("implement", later)))
    entries = kit.journal(repo)
    first, second = [left for left in kit.of(entries, Left) if left.stage == "design"]
    assert first.outcome == "fail" and "different conversation" in first.why
    assert second.outcome == "pass" and fold(entries).head
    assert replay(kit.transcript(repo, repo.parent / "run.jsonl")).outcome == "the record ends here"
