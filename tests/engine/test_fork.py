"""A fork: the model's answers up to one of them are copied into a run of its own, and all that follows is live."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from harness import app
from harness.domain.event import Answered, Entry, RunStarted
from harness.engine.steps import Steps
from harness.errors import Mistake, Parked
from harness.flow.fold import fold
from harness.journal import jsonl
from harness.replay import replay
from tests import target
from tests.engine import kit
from tests.engine.kit import Plan, go, later, serving
from tests.warm import called

KEY = "implement/1/2"
FORK = f"{target.CHANGE}~1"
COPIED = ["design/1/1", "design/1/2", "design/1/3", "spec-review/1/1", "implement/1/1", KEY]


def course() -> dict[str, list[list[dict[str, Any]]]]:
    """The usual course, whose implementation the CTO does not return."""
    return {**target.play(), "review/1": [[target.verdict(kind="code", cite="CHANGELOG.md:3")]]}


def fork(top: Path, ceo: Any = None, key: str = KEY) -> Steps:
    """What `harness run add-farewell --fork-from KEY` does."""
    with kit.at(top) as found:
        return app.fork(found, app.change_of(found, target.CHANGE), key, target.screen(ceo))


def journal(top: Path) -> list[Entry]:
    """The fork's entries."""
    with kit.at(top) as found:
        return found.entries(FORK)


def answers(entries: list[Entry]) -> dict[str, Any]:
    """Every answer of the model by its key, in order."""
    return {e.key: e.answer for e in kit.of(entries, Answered) if e.kind == "model"}


def replayed(top: Path, path: Path) -> str:
    """The outcome of the fork's transcript."""
    with kit.at(top) as found:
        lines = list(jsonl.dump(found.journal(FORK).rows(), FORK, "0.1.0"))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = replay(path)
    return f"{done.run} {done.outcome}"


@pytest.fixture
def parked(repo: Path) -> Path:
    """A run that waits for the approval of the merge."""
    with serving(target.Team(course())), pytest.raises(Parked, match="waiting for the CEO"):
        go(repo, Plan(("merge", later)))
    return repo


def test_a_fork_copies_the_answers_up_to_the_key_and_merges_on_a_branch_of_its_own(
    parked: Path, tmp_path: Path
) -> None:
    before, branch = kit.journal(parked), target.git(parked, "rev-parse", f"feature/{target.CHANGE}")
    ceo = target.Yes()
    with serving(target.Team(course())) as endpoint:
        assert fork(parked, ceo).state.finished == "merged"
    entries = journal(parked)
    first = entries[0].event
    assert isinstance(first, RunStarted) and (first.change, first.fork, first.rehearsal) == (target.CHANGE, 1, False)
    copied = next(e.seq for e in before if isinstance(e.event, Answered) and e.event.key == KEY)
    assert first.parent == f"{target.CHANGE}@{copied}"

    had, has = answers(before), answers(entries)
    assert list(has)[: len(COPIED)] == COPIED and all(has[key] == had[key] for key in COPIED)
    assert len(endpoint.requests) == len(has) - len(COPIED) > 0
    assert [asked.detail["what"].split()[0] for asked in ceo.asked] == ["implement", "merge"]

    assert kit.journal(parked) == before, "the run that it was forked from has no part in it"
    assert target.git(parked, "rev-parse", f"feature/{target.CHANGE}") == branch
    own = f"feature/{target.CHANGE}-fork-1"
    assert target.git(parked, "rev-parse", own) == target.git(parked, "rev-parse", "develop^^2")
    assert 'f"Bye, {name}"' in target.git(parked, "show", "develop:greeter/__init__.py")
    refs = target.git(parked, "for-each-ref", "--format=%(refname)", "refs/harness").splitlines()
    assert {ref.split("/")[2] for ref in refs} == {target.CHANGE, f"{target.CHANGE}.fork-1"}
    assert replayed(parked, tmp_path / "fork.jsonl") == f"{FORK} merged"


def test_a_fork_that_waits_is_taken_up_under_its_own_name(parked: Path, tmp_path: Path) -> None:
    with serving(target.Team(course())) as endpoint:
        with pytest.raises(Parked, match="waiting for the CEO"):
            fork(parked, Plan(("implement", later)))
        assert not endpoint.requests, "everything up to the approval of the spec is copied"
    assert replayed(parked, tmp_path / "waits.jsonl") == f"{FORK} the record ends here"
    with serving(target.Team(course())), kit.at(parked) as found:
        again = app.run(found, app.change_of(found, FORK), target.screen())
        assert again.state.finished == "merged"
        assert fold(found.entries(target.CHANGE)).waiting, "the other run waits as before"
    assert replayed(parked, tmp_path / "merged.jsonl") == f"{FORK} merged"


def test_a_key_that_is_not_on_record_makes_no_fork(parked: Path) -> None:
    with serving(target.Team()), pytest.raises(Mistake, match="has no answer with the key 'implement/7/1'"):
        fork(parked, key="implement/7/1")
    with kit.at(parked) as found:
        assert found.store.runs() == [target.CHANGE]
    assert not target.git(parked, "branch", "--list", "*-fork-*")


def test_the_command_forks_and_says_so_of_the_fork(parked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody sits at a terminal, so each drive ends at a question; the decisions come by `harness approve`."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    with serving(target.Team(course())):
        assert "waiting for the CEO: implement" in command(parked, 3, "run", target.CHANGE, "--fork-from", KEY)
        assert f"{FORK} (feature)  design, step 5" in command(parked, 0, "status")
        approve(parked)
        assert "waiting for the CEO: merge" in command(parked, 3, "run", FORK)
        approve(parked)
        ended = command(parked, 0, "run", FORK)
    assert f"merge commit {target.git(parked, 'rev-parse', 'develop~1')} on develop" in ended
    assert "Session 3 of add-farewell" in ended, "the last session of the fork, not of the other run"


def command(top: Path, code: int, *args: str) -> str:
    """What `harness` says; its exit code has to be `code`."""
    returned, said = called(list(args), top, dict(os.environ))
    assert returned == code, said
    return said


def approve(top: Path) -> None:
    """What the CEO types for the fork's question."""
    subject = str(json.loads(command(top, 0, "status", FORK, "--json"))["subject"])
    command(top, 0, "approve", FORK, "--digest", subject)
