"""The pipeline table as a graph: closed, reachable, bounded, and with no way to a merge around a person."""

from __future__ import annotations

import pytest

from harness.domain.event import Answered, Entered, Entry, Event, Left
from harness.engine.acts import ACTS
from harness.flow.applies import NOT_FOR
from harness.flow.decide import End, Enter, GiveUp, decide
from harness.flow.fold import State, apply
from harness.flow.measures import RULES, TITLES
from harness.flow.pipeline import ALL_GATES, DONE, PIPELINE, Stage, find, seal
from harness.gates.table import GATES
from harness.roles import load
from harness.shipped import folder
from harness.tools.table import TOOLS

IDS = [row.id for row in PIPELINE]
EDGES = {row.id: {row.then, *row.returns, row.id} for row in PIPELINE}


def reach(start: str, without: str = "") -> set[str]:
    """Stages that can be come to from `start`, without passing through `without`."""
    found, left = {start}, [start]
    while left:
        for to in EDGES.get(left.pop(), set()) - found - {without}:
            found.add(to)
            left.append(to)
    return found


def test_the_table_is_closed_and_unique() -> None:
    assert len(set(IDS)) == len(IDS)
    assert set().union(*EDGES.values()) == {*IDS, DONE}
    assert [row.step for row in PIPELINE] == sorted(row.step for row in PIPELINE)


def test_every_stage_is_reachable_and_can_end() -> None:
    assert reach(PIPELINE[0].id) == {*IDS, DONE}
    assert all(DONE in reach(stage) for stage in IDS)


@pytest.mark.parametrize("person", [row.id for row in PIPELINE if row.by == "human"])
def test_no_way_leads_to_a_merge_around_a_person(person: str) -> None:
    assert "merge" not in reach(PIPELINE[0].id, without=person)


def test_whatever_reopens_the_spec_passes_its_approval_again() -> None:
    for stage in ("proposal", "design", "spec-review"):
        assert not {"implement", "merge"} & reach(stage, without="spec-approval")


@pytest.mark.parametrize("stage", ["implement", "integrate", "qa", "review"])
def test_whatever_changes_what_would_land_passes_the_approval_again(stage: str) -> None:
    assert "merge" not in reach(stage, without="approval")
    assert "merge" not in reach("implement", without="qa")


def test_every_row_can_be_performed() -> None:
    gates, roles = {gate.name for gate in GATES}, load(folder("roles"), {}, TOOLS)
    for row in PIPELINE:
        assert set(row.gates) <= gates
        assert row.attempts > 0 and row.rounds > 0
        assert (row.id in ACTS) == (row.by == "act")
        assert bool(row.submits) == (row.by == "agent") == (row.role in roles)
        assert bool(row.about) == (row.by == "human")
    assert set(ALL_GATES) == gates == set(TITLES) == set(RULES)
    assert set().union(*NOT_FOR.values()) <= gates


def test_a_person_can_send_back_only_to_what_comes_before() -> None:
    for row in PIPELINE:
        assert all(IDS.index(to) < IDS.index(row.id) for row_to in [row.returns] for to in row_to)
        assert row.then == DONE or IDS.index(row.then) == IDS.index(row.id) + 1


def test_the_seal_changes_with_the_table() -> None:
    changed = (*PIPELINE[:-1], Stage(**{**{n: getattr(PIPELINE[-1], n) for n in PIPELINE[-1].__slots__}, "rounds": 9}))
    assert seal(changed) != seal(PIPELINE)


def play(state: State, event: Event) -> None:
    apply(state, Entry.model_construct(seq=0, at=0.0, event=event, hash=""))


def walk(outcome: str, to: str, frm: str) -> int:
    """Drive the policy alone: `frm` always ends so, everything else passes; how often `frm` was entered."""
    state, entered = State(), 0
    for _ in range(200):
        match decide(PIPELINE, state):
            case Enter(stage=stage, attempt=number):
                play(state, Entered(stage=stage.id, attempt=number, head=""))
                entered += stage.id == frm
                bad = stage.id == frm
                after, how = (to, outcome) if bad else (stage.then, "pass")
                play(state, Left.model_validate({"stage": stage.id, "attempt": number, "outcome": how, "to": after}))
            case GiveUp(stage=stage):
                assert stage.id == frm
                return entered
            case End():
                raise AssertionError("it came to an end")
    raise AssertionError("it never gave up")


@pytest.mark.parametrize(
    ("frm", "to"),
    [(row.id, to) for row in PIPELINE if row.by != "human" for to in row.returns] + [("implement", "implement")],
)
def test_every_loop_is_bounded(frm: str, to: str) -> None:
    """However often a role or an act sends the change back, in the end a person is asked."""
    assert walk("return" if frm != to else "fail", to, frm) == find(PIPELINE, frm).attempts


def test_a_decision_begins_the_count_anew() -> None:
    state = State(at="review")
    for _ in range(2):
        play(state, Left(stage="review", attempt=1, outcome="return", to="implement"))
    play(state, Answered(key="k", kind="human", question="q", answer={"verb": "approve"}))
    assert not state.returns and not state.failures
