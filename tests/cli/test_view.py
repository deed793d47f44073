"""What is drawn while a run is driven, from entries as a journal gives them; and the help of every command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from harness.cli.main import COMMANDS, group
from harness.cli.plain import sentence
from harness.cli.show import milestone
from harness.cli.view import View
from harness.domain.event import Answered, Asked, Driver, Entered, Event, Left, Opened, RunStarted, Tried
from harness.flow.spend import Spend
from harness.journal.sqlite import SqliteJournal, Store


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def journal(tmp_path: Path) -> SqliteJournal:
    return SqliteJournal(Store(tmp_path / "journal.db"), "add-login")


def opened() -> Opened:
    return Opened(
        key="design/2",
        role="architect",
        model="model-x",
        system="",
        tools="",
        brief="",
        params="",
        harness="",
        config="",
    )


def model(key: str, content: list[dict[str, Any]], usage: dict[str, int]) -> list[Event]:
    detail = {"model": "model-x", "role": "architect", "stage": "design", "reserve": 0.5}
    return [
        Asked(key=key, kind="model", question="q", detail=detail),
        Answered(key=key, kind="model", question="q", answer={"content": content, "usage": usage}),
    ]


def events() -> list[Event]:
    usage = {"input_tokens": 100, "cache_read_input_tokens": 300, "output_tokens": 50}
    tool = {"type": "tool_use", "name": "create", "input": {"path": "design.md\x1b[2J"}}
    gate = {"gate": "scope", "result": "failed", "reason": "no", "figures": {}}
    return [
        RunStarted(change="add-login", kind="feature", pipeline="p", rehearsal=True),
        Driver(session=1, did="started"),
        Entered(stage="design", attempt=2, head="a" * 40),
        opened(),
        *model("design/2/1", [tool], usage),
        Answered(key="design/2/1/0", kind="tool", question="q", answer={"text": "wrote it"}),
        Asked(key="g", kind="gate", question="q", detail={}),
        Answered(key="g", kind="gate", question="q", answer=gate),
    ]


def shown(view: View) -> str:
    return "\n".join(text for _, text in view.lines())


def test_step_role_turn_call_gates_tokens_cost_and_time(journal: SqliteJournal) -> None:
    clock = Clock()
    view = View("add-login", Spend(lambda name, usage: 0.25), clock)
    for event in events():
        view.add(journal.append(event))
    clock.now += 83
    text = shown(view)
    assert "add-login (rehearsal)   1:23" in text
    assert "1✓ 2✓ [3 Design] 4 5 6 7 8 9" in text
    assert "architect on model-x, attempt 2, turn 1" in text
    assert "  create design.md" in text and "  gate scope: failed" in text
    assert "400 tokens in, 75% of them cached, 50 out; $0.25" in text
    view.tell("writing, 12 characters")
    assert "  writing, 12 characters" in shown(view)


def test_a_failed_try_counts_as_possibly_spent_and_a_new_attempt_starts_clean(journal: SqliteJournal) -> None:
    view = View("add-login", Spend(lambda name, usage: None))
    for event in events():
        view.add(journal.append(event))
    view.add(journal.append(Asked(key="k", kind="model", question="q", detail={"model": "m", "reserve": 0.5})))
    view.add(journal.append(Tried(key="k", fault="the line broke", wait=1.0)))
    text = shown(view)
    assert "possibly $0.50 more" in text and "1 calls of unknown price" in text and "the line broke" in text
    view.add(journal.append(Left(stage="design", attempt=2, outcome="pass", to="spec-review")))
    view.add(journal.append(Entered(stage="spec-review", attempt=1, head="a" * 40)))
    text = shown(view)
    assert "[4 Spec review]" in text and "cto, attempt 1" in text and "gate scope" not in text


def test_the_short_timeline_leaves_calls_and_tries_out(journal: SqliteJournal) -> None:
    kept = [entry.event.type for event in events() if milestone(entry := journal.append(event))]
    assert kept == ["run_started", "driver", "entered", "opened", "answered"]


def test_the_gates_of_an_earlier_round_are_gone_once_a_new_one_begins(journal: SqliteJournal) -> None:
    view = View("add-login", Spend(lambda name, usage: 0.25))
    failed = {"gate": "scope", "result": "failed", "reason": "no", "figures": {}}
    key = "design/2/round-1/gate/scope"
    for event in [
        *events(),
        Asked(key=key, kind="gate", question="q"),
        Answered(key=key, kind="gate", question="q", answer=failed),
    ]:
        view.add(journal.append(event))
    assert "gate scope: failed" in shown(view)
    view.add(journal.append(Asked(key="design/2/3", kind="model", question="q")))
    assert "gate scope: failed" in shown(view)
    view.add(journal.append(Asked(key="design/2/round-2/commit", kind="git", question="q")))
    assert "gate scope" not in shown(view)


def test_the_time_that_the_person_took_does_not_count(journal: SqliteJournal) -> None:
    clock = Clock()
    view = View("add-login", Spend(lambda name, usage: 0.25), clock)
    clock.now += 10
    view.add(journal.append(Asked(key="k", kind="human", question="q", detail={"what": "merge"})))
    clock.now += 300
    assert "add-login   0:10" in shown(view)
    view.add(journal.append(Answered(key="k", kind="human", question="q", answer={"verb": "approve"})))
    clock.now += 5
    assert "add-login   0:15" in shown(view)


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_help(name: str) -> None:
    done = CliRunner().invoke(group, [name, "--help"])
    assert done.exit_code == 0 and f" {name} [options]" in done.output.replace("[OPTIONS]", "[options]")


@pytest.mark.parametrize("name", ["new", "run", "status", "show", "stop", "transcript", "forget"])
def test_a_path_is_no_change_name(name: str) -> None:
    from harness.errors import Mistake

    done = CliRunner().invoke(group, [name, "openspec/changes/x"], standalone_mode=False)
    assert isinstance(done.exception, Mistake) and done.exception.exit_code == 2
    assert "a name, not a path" in str(done.exception)


def test_a_lower_level_of_the_sandbox_is_said_when_a_session_starts(journal: SqliteJournal) -> None:
    started = [journal.append(Driver(session=1, did="started", level=level)) for level in (-1, 0, 1, 2, 3)]
    low = [f"session 1 started, with a sandbox of level {level} only" for level in (0, 1, 2)]
    assert [sentence(entry) for entry in started] == ["session 1 started", *low, "session 1 started"]
