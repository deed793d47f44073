"""Replay and rehearsal of a recorded run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness import app
from harness.domain.decision import Decision
from harness.domain.event import EVENT, Answered, Asked, Drifted, Opened, RunStarted
from harness.errors import Broken, Diverged, Mistake, Parked
from harness.journal.chain import START, seal
from harness.journal.jsonl import load
from harness.replay import replay
from tests import target
from tests.engine import kit
from tests.engine.conftest import Played
from tests.engine.kit import Plan, go, later, serving

pytest_plugins = ["pytester"]
Rows = list[list[Any]]


@pytest.fixture(scope="session")
def recorded(played: Played, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The transcript of the usual course."""
    return kit.transcript(played.top, tmp_path_factory.mktemp("record") / "run.jsonl")


def rewritten(path: Path, to: Path, change: Callable[[Rows], Rows], *, sealed: bool) -> Path:
    """The transcript with other rows; `sealed` makes the chain hold again, as a forger would."""
    head, *lines = path.read_text().splitlines()
    rows, before = change([json.loads(line) for line in lines]), START
    for row in rows if sealed else ():
        row[3] = before = seal(before, row[1], row[2])
    to.write_text("\n".join([head, *map(json.dumps, rows)]) + "\n")
    return to


def opened(rows: Rows, block: str, old: str, new: str) -> Rows:
    """The rows with the first opening's `block` changed."""
    for row in rows:
        event = EVENT.validate_json(row[2])
        if isinstance(event, Opened):
            text = getattr(event, block)
            assert old in text
            row[2] = event.model_copy(update={block: text.replace(old, new, 1)}).model_dump_json()
            break
    return rows


def test_a_replay_equals_the_record_and_is_fast(recorded: Path, played: Played) -> None:
    done = replay(recorded)
    assert (done.run, done.entries, done.outcome) == (target.CHANGE, len(played.entries), "merged")
    assert done.seconds < 2


def test_the_transcript_holds_no_key(recorded: Path) -> None:
    assert "test-key" not in recorded.read_text()


@pytest.mark.parametrize(
    ("block", "old", "new"),
    [("system", "You are the Architect", "You were the Architect"), ("brief", "# Task: specify", "# Task: write")],
)
def test_a_changed_prompt_diverges_with_a_diff(recorded: Path, tmp_path: Path, block: str, old: str, new: str) -> None:
    path = rewritten(recorded, tmp_path / "x.jsonl", lambda rows: opened(rows, block, old, new), sealed=True)
    with pytest.raises(Diverged) as diverged:
        replay(path)
    text = str(diverged.value)
    assert f"design/1: the {block} is not the recorded one" in text
    assert f"-{new}" in text and f"+{old}" in text


def test_another_answer_of_the_model_diverges(recorded: Path, tmp_path: Path) -> None:
    """The record says one thing and its consequence another."""

    def change(rows: Rows) -> Rows:
        for row in rows:
            event = EVENT.validate_json(row[2])
            if isinstance(event, Answered) and event.key == "design/1/1":
                answer = json.loads(json.dumps(event.answer).replace("README.md", "CHANGELOG.md"))
                row[2] = event.model_copy(update={"answer": answer}).model_dump_json()
        return rows

    with pytest.raises(Diverged, match="design/1/1/0"):
        replay(rewritten(recorded, tmp_path / "x.jsonl", change, sealed=True))


def test_an_edited_transcript_is_broken_at_the_entry(recorded: Path, tmp_path: Path) -> None:
    def change(rows: Rows) -> Rows:
        rows[40][2] = rows[40][2].replace("passed", "passes").replace("design", "desing")
        return rows

    with pytest.raises(Broken, match="entry 40 was changed"):
        replay(rewritten(recorded, tmp_path / "x.jsonl", change, sealed=False))
    with pytest.raises(Broken, match="entry 41 is missing"):
        replay(rewritten(recorded, tmp_path / "y.jsonl", lambda rows: rows[:41] + rows[42:], sealed=False))


def test_an_edited_journal_is_broken_at_the_entry(played: Played, tmp_path: Path) -> None:
    copy = tmp_path / "repo"
    shutil.copytree(played.top, copy)
    with kit.at(copy) as found:
        found.store.execute("update entries set body = replace(body, 'cleo', 'mallory') where seq = 70 or 1=1")
        with pytest.raises(Broken, match=r"entry \d+ was changed after it was written"):
            found.journal(target.CHANGE).read()
    with kit.at(copy) as found, pytest.raises(Broken), serving(target.Team()):
        app.run(found, app.Change(name=target.CHANGE), target.screen())


def test_every_truncated_transcript_parks_at_its_end(recorded: Path, tmp_path: Path, played: Played) -> None:
    """Wherever a record ends, what there is of it replays."""
    whole = len(played.entries) - 1  # the last entry is a note: the driver ended
    ends = [*range(1, whole, 7), whole]
    wrong = []
    for end in ends:
        path = rewritten(recorded, tmp_path / "x.jsonl", lambda rows, end=end: rows[:end], sealed=False)  # type: ignore[misc]
        try:
            if (outcome := replay(path).outcome) != ("merged" if end == whole else "the record ends here"):
                wrong.append(f"{end}: {outcome}")
        except Exception as error:
            wrong.append(f"{end}: {error!r}")
    assert not wrong


def test_a_longer_record_diverges(recorded: Path, tmp_path: Path) -> None:
    """A fact after the end was not come to by the code."""

    def change(rows: Rows) -> Rows:
        extra = [len(rows), rows[-1][1], Asked(key="more", kind="git", question="q").model_dump_json(), ""]
        return [*rows, extra]

    with pytest.raises(Diverged, match="more"):
        replay(rewritten(recorded, tmp_path / "x.jsonl", change, sealed=True))


def test_a_proposal_that_was_mended_replays(tmp_path: Path) -> None:
    top = target.make(tmp_path / "repo")
    proposal = top / target.FOLDER / "proposal.md"
    proposal.write_text("# Nothing\n")
    with serving(target.Team()):
        with pytest.raises(Mistake, match="can't be used"):
            go(top)
        proposal.write_text(target.PROPOSAL)
        with pytest.raises(Parked):
            go(top, Plan(("implement", later)))
    assert replay(kit.transcript(top, tmp_path / "run.jsonl")).outcome == "the record ends here"


def test_the_pytest_fixture(recorded: Path, tmp_path: Path, pytester: pytest.Pytester) -> None:
    bad = rewritten(
        recorded, tmp_path / "bad.jsonl", lambda rows: opened(rows, "brief", "# Task: specify", "# Task"), sealed=True
    )
    pytester.makepyfile(
        f"""
        def test_good(replay_transcript):
            assert replay_transcript({str(recorded)!r}).outcome == "merged"

        def test_bad(replay_transcript):
            replay_transcript({str(bad)!r})

        def test_none(replay_transcript):
            replay_transcript("no-such-file.jsonl")
        """
    )
    done = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    done.assert_outcomes(passed=1, failed=2)
    done.stdout.fnmatch_lines(["*Diverged: design/1: the brief is not the recorded one*", "*there is no transcript*"])


# ---------------------------------------------------------------- rehearsal


def test_a_rehearsal_of_the_same_source_merges_without_a_model(recorded: Path, tmp_path: Path) -> None:
    top = target.make(tmp_path / "repo")
    with serving(target.Team()) as endpoint:
        assert go(top, rehearsal=load(recorded)[1]).state.finished == "merged"
        assert not endpoint.requests
    first = kit.journal(top)[0].event
    assert isinstance(first, RunStarted) and first.rehearsal
    assert next(line.message for line in kit.history(top)) == "chore: begin"
    assert replay(kit.transcript(top, tmp_path / "again.jsonl")).outcome == "merged"


def changed_source(path: str, old: str, new: str) -> dict[str, str]:
    text = target.FILES[path]
    assert old in text
    return {**target.FILES, path: text.replace(old, new)}


@pytest.mark.parametrize(
    ("files", "what"),
    [
        (changed_source("README.md", "Says things", "Shouts things"), "the system is not the recorded one"),
        (changed_source("greeter/__init__.py", 'f"Hello, {name}"', '"Hello"'), "recorded"),
        (changed_source("harness.toml", '"tests", ', ""), "is not the recorded one"),
    ],
)
def test_a_rehearsal_of_another_source_never_merges(
    recorded: Path, tmp_path: Path, files: dict[str, str], what: str
) -> None:
    top = target.make(tmp_path / "repo", files)
    with pytest.raises(Diverged, match=what):
        go(top, rehearsal=load(recorded)[1])
    assert target.git(top, "rev-list", "--count", "develop") == "1"


def test_recorded_decisions_do_not_count(recorded: Path, tmp_path: Path) -> None:
    """Without a person, a rehearsal in a real repository waits where the recorded CEO approved."""
    top = target.make(tmp_path / "repo")
    with pytest.raises(Parked, match="waiting for the CEO"):
        go(top, target.Yes(later), rehearsal=load(recorded)[1])
    assert not [e for e in kit.of(kit.journal(top), Answered) if e.kind == "human"]


def test_a_person_may_decide_otherwise(recorded: Path, tmp_path: Path) -> None:
    top = target.make(tmp_path / "repo")

    def otherwise(asked: Asked) -> Decision:
        return kit.said("return", to="design", comment="no")(asked)

    with pytest.raises(Parked, match="the recording has approve here"):
        go(top, Plan(("implement", otherwise)), rehearsal=load(recorded)[1])
    assert [e.answer["comment"] for e in kit.of(kit.journal(top), Answered) if e.kind == "human"] == ["no"]


def test_a_live_run_is_not_gone_on_with_as_a_rehearsal(recorded: Path, played: Played, tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="goes on only so"):
        go(played.top, rehearsal=load(recorded)[1])
    assert not kit.of(played.entries, Drifted)
