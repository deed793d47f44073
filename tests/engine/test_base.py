"""Two changes touch one requirement: the second does not silently lose what the first put there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.cli.about import about
from harness.cli.look import find, sights
from harness.domain.change import Change
from harness.domain.digest import digest_bytes
from harness.domain.event import Answered, Asked, Left
from harness.errors import Parked
from harness.flow.approved import stood
from harness.flow.fold import fold
from harness.workspace.git import Git
from tests import target
from tests.engine import kit
from tests.engine.kit import Plan, go, later, put, said, serving, settle, waiting
from tests.engine.test_integrate import again, merges
from tests.engine.test_lock import meddle

SPEC = "openspec/specs/greeting/spec.md"
BLOCK = """### Requirement: Greeting
The library SHALL greet a person by name.

#### Scenario: A guest arrives
- **WHEN** a guest arrives
- **THEN** the library says hello with the guest's name"""
LIVING = f"# Greeting\n\n## Purpose\nWhat the library says to people who come and go.\n\n## Requirements\n\n{BLOCK}\n"
OTHERS = "greet a person by name and in their own language"
"""What the first change made of the requirement's words."""
OWN = """## MODIFIED Requirements

### Requirement: Greeting
The library SHALL greet a person by name.

#### Scenario: A guest arrives
- **WHEN** a guest arrives
- **THEN** the library says hello with the guest's name

#### Scenario: A guest leaves
- **WHEN** a guest leaves
- **THEN** the library says goodbye with the guest's name
"""
REMOVED = "## REMOVED Requirements\n\n- `### Requirement: Greeting`\n"
SILENCE = """### Requirement: Silence
It SHALL be silent at night.

#### Scenario: Night
- **WHEN** it is dark
- **THEN** the library says nothing
"""
BOTH = OWN.replace("greet a person by name", OTHERS)
REST = """## MODIFIED Requirements

### Requirement: Silence
It SHALL be silent at night and at noon.

#### Scenario: Night
- **WHEN** it is dark
- **THEN** the library says nothing
"""
"""Another requirement alone."""
Turns = list[list[dict[str, Any]]]


def written(delta: str, note: str = "One function more.") -> Turns:
    """The Architect's turns, with `delta` for the capability greeting."""
    return [
        [
            target.call("create", path=f"{target.FOLDER}/design.md", file_text=f"# Design\n\n{note}\n"),
            target.call("create", path=f"{target.FOLDER}/tasks.md", file_text="- [ ] 1.1 Write the function\n"),
            target.call("create", path=f"{target.FOLDER}/specs/greeting/spec.md", file_text=delta),
        ],
        [target.delivery("docs(greeting): specify the farewell")],
    ]


def course(delta: str = OWN) -> dict[str, Turns]:
    """The straight course for `delta`; a second design takes over what develop changed."""
    look: list[dict[str, Any]] = [target.call("view", path="README.md", view_range=[])]
    back = {
        **target.verdict("return", "design"),
        "input": {**target.verdict("return", "design")["input"], "summary": "Take over what develop changed."},
    }
    return {
        **again(),
        "design/1": written(delta),
        "design/2": written(BOTH, "Both changes' words."),
        "spec-review/1": [[target.verdict()]],
        "spec-review/2": [look, [back]],
        "spec-review/3": [look, look, [target.verdict()]],
    }


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A repository whose living spec has the requirement that both changes touch."""
    return target.make(tmp_path / "repo", {**target.FILES, SPEC: LIVING})


def first_lands(top: Path) -> str:
    """What the other change makes of develop when it lands; the commit."""
    return meddle(top, SPEC, "greet a person by name", OTHERS, "develop")


def returns(top: Path) -> list[tuple[str, str]]:
    """(stage, where to) of every return."""
    return [(stage, to) for stage, outcome, to in kit.passage(kit.journal(top)) if outcome == "return"]


def approve_spec(top: Path) -> None:
    """Take the run to the moment after the spec's approval."""
    with pytest.raises(Parked):
        go(top, Plan(("implement", later)))
    put(top, said()(waiting(top)))
    assert settle(top)


def test_the_base_of_every_requirement_is_shown_and_on_the_record(shared: Path) -> None:
    with serving(target.Team(course())):
        with pytest.raises(Parked):
            go(shared, Plan(("implement", later)))
        about = waiting(shared).detail["about"]
        assert about["based on"] == {"greeting: Greeting": digest_bytes(BLOCK.encode())}
        assert "changed on develop" not in about and "waits for" not in about
        assert go(shared).state.finished == "merged"
    answers = {event.key: event.answer for event in kit.of(kit.journal(shared), Answered)}
    assert answers["spec-approval/1/stand"]["base"] == about["based on"]
    kept = target.git(shared, "show", f"develop:{target.archived(shared)}/record/decisions.md")
    assert f"- based on greeting: Greeting: `{digest_bytes(BLOCK.encode())}`" in kept
    assert stood(kit.journal(shared)) == answers["spec-approval/1/stand"]
    assert answers["spec-approval/1/stand"]["develop"] == fold(kit.journal(shared)).artifacts["spec_base"]
    assert answers["merge/1/base"] == {} and returns(shared) == []


def test_the_second_change_does_not_overwrite_the_first(shared: Path) -> None:
    """The base moves after the approval: the difference goes to the CTO, the Architect and the CEO, three ways."""
    with serving(target.Team(course())) as endpoint:
        approve_spec(shared)
        landed = first_lands(shared)
        ceo = Plan(("implement", later))
        with pytest.raises(Parked, match="implement"):
            go(shared, ceo)
        briefs = [str(request["messages"][0]["content"][0]["text"]) for request in endpoint.requests]
        assert not merges(shared) and target.git(shared, "rev-parse", "develop") == landed
        assert returns(shared) == [("integrate", "spec-review"), ("spec-review", "design")]
        for task in ("# Task: review the specification", "# Task: specify"):
            told = next(text for text in reversed(briefs) if text.startswith(task))
            assert "greeting: Greeting: this change modifies it, and develop changed it." in told
            assert f"-The library SHALL greet a person by name.\n   +The library SHALL {OTHERS}." in told
            assert "+#### Scenario: A guest leaves" in told
        about = waiting(shared).detail["about"]
        assert "develop changed it" in about["changed on develop"]["greeting: Greeting"]
        with kit.at(shared) as found:
            seen = find(
                sights(Git(found.common), Change(name=target.CHANGE), found.state(target.CHANGE)), "changed on develop"
            )
            assert seen and OTHERS in seen.text()
        moved = BLOCK.replace("greet a person by name", OTHERS)
        assert about["based on"] == {"greeting: Greeting": digest_bytes(moved.encode())}
        assert go(shared).state.finished == "merged"
    assert fold(kit.journal(shared)).artifacts["spec_moved"] == {}
    spec = target.git(shared, "show", f"develop:{SPEC}")
    assert OTHERS in spec and "A guest leaves" in spec


def test_a_base_that_moved_and_was_reviewed_folds(shared: Path) -> None:
    """Who approves the deltas as they are, knowing the difference, gets what they say; nothing stops them again."""
    turns = {**course(), "spec-review/2": [[target.verdict()]]}
    with serving(target.Team(turns)):
        approve_spec(shared)
        first_lands(shared)
        assert go(shared).state.finished == "merged"
    assert returns(shared) == [("integrate", "spec-review")]
    spec = target.git(shared, "show", f"develop:{SPEC}")
    assert "A guest leaves" in spec and OTHERS not in spec


def test_deltas_that_do_not_fit_any_more_go_to_the_design_even_where_no_base_moved(shared: Path) -> None:
    """develop takes the other requirement away, so that none would be left; what is written anew fits that."""
    meddle(shared, SPEC, "guest's name\n", f"guest's name\n\n{SILENCE}", "develop")
    turns = {**course(REMOVED), "spec-review/2": [[target.verdict()]], "design/2": written(OWN, "It stays.")}
    with serving(target.Team(turns)):
        approve_spec(shared)
        landed = meddle(shared, SPEC, f"\n\n{SILENCE}", "\n", "develop")
        assert go(shared).state.finished == "merged"
    (back,) = [left for left in kit.of(kit.journal(shared), Left) if left.outcome == "return"]
    assert (back.stage, back.to, back.artifact["spec_base"]) == ("integrate", "design", landed)
    apart, living = back.artifact["corrections"]
    assert "greeting" in apart and living.startswith(f"{SPEC} on develop is now") and "spec_moved" not in back.artifact
    assert "A guest leaves" in target.git(shared, "show", f"develop:{SPEC}")


def test_a_base_that_moved_while_the_spec_was_written_goes_back_before_the_approval(shared: Path) -> None:
    turns = course()
    turns["spec-review/2"] = turns["spec-review/3"]
    moves = iter([first_lands])

    class Moving(target.Team):
        def __call__(self, request: dict[str, Any], number: int) -> list[dict[str, Any]]:
            if "review the specification" in request["messages"][0]["content"][0]["text"][:60]:
                for move in moves:
                    move(shared)
            return super().__call__(request, number)

    with serving(Moving(turns)):
        with pytest.raises(Parked, match="implement"):
            go(shared, Plan(("implement", later)))
        assert returns(shared) == [("spec-approval", "design")]
        assert len(kit.of(kit.journal(shared), Asked)) and "changed on develop" in waiting(shared).detail["about"]
        assert go(shared).state.finished == "merged"


def test_a_base_that_moves_during_qa_is_seen(shared: Path) -> None:
    """QA measures what would be merged by then: the branch keeps QA's commit, and nobody is asked to adopt it."""
    moves = iter([first_lands])

    class Moving(target.Team):
        def __call__(self, request: dict[str, Any], number: int) -> list[dict[str, Any]]:
            if request["messages"][0]["content"][0]["text"].startswith("# Task: test"):
                for move in moves:
                    move(shared)
            return super().__call__(request, number)

    turns = course()
    test = target.call("create", path="tests/test_more.py", file_text="# more\n")
    with serving(Moving({**turns, "qa/1": [[test], *turns["qa/1"]]})):
        ceo = Plan(("merge", later))
        with pytest.raises(Parked, match="merge"):
            go(shared, ceo)
    assert returns(shared) == [("qa", "spec-review"), ("spec-review", "design")]
    assert not any("moved by somebody else" in asked.detail["what"] for asked in ceo.asked)


def test_a_base_that_moves_after_the_merge_s_approval_is_seen(shared: Path) -> None:
    with serving(target.Team(course())):
        with pytest.raises(Parked):
            go(shared, Plan(("merge", later)))
        put(shared, said()(waiting(shared)))
        assert settle(shared)
        landed = first_lands(shared)
        with pytest.raises(Parked, match="implement"):
            go(shared, Plan(("implement", later)))
    assert returns(shared)[:2] == [("merge", "integrate"), ("integrate", "spec-review")]
    assert not merges(shared) and target.git(shared, "rev-parse", "develop") == landed


def test_what_is_not_the_change_s_own_may_move(shared: Path) -> None:
    """Another requirement, another paragraph of the same file, and the very words that this change wants, too."""
    with serving(target.Team(course())):
        approve_spec(shared)
        meddle(shared, SPEC, "What the library says", "All that the library says", "develop")
        meddle(shared, SPEC, "guest's name\n", f"guest's name\n\n{SILENCE}", "develop")
        assert go(shared).state.finished == "merged"
    assert returns(shared) == []


def test_the_same_words_on_both_sides_lose_nothing(shared: Path) -> None:
    with serving(target.Team(course())):
        approve_spec(shared)
        meddle(shared, SPEC, BLOCK, OWN.partition("\n\n")[2].rstrip("\n"), "develop")
        assert go(shared).state.finished == "merged"
    assert returns(shared) == []


@pytest.mark.parametrize(
    ("delta", "old", "new", "told", "to"),
    [
        (REMOVED, "by name", "aloud", "this change removes it", "spec-review"),
        (
            "## RENAMED Requirements\n\n- FROM: `### Requirement: Greeting`\n- TO: `### Requirement: Hello`\n",
            "Requirement: Greeting", "Requirement: Welcome", "has no requirement of that name any more",
            "design",
        ),
        (
            target.DELTA, BLOCK, f"{BLOCK}\n\n{SILENCE.replace('Silence', 'Farewell')}",
            "develop has it too by now", "design",
        ),
    ],
)  # fmt: skip
def test_every_kind_of_delta_has_a_base(shared: Path, delta: str, old: str, new: str, told: str, to: str) -> None:
    """Where it can't be folded in any more no review can help; where it can, that is the review's to say."""
    meddle(shared, SPEC, "guest's name\n", f"guest's name\n\n{SILENCE}", "develop")
    turns = {**course(delta), "spec-review/2": [[target.verdict()]], "design/2": written(REST)}
    with serving(target.Team(turns)):
        approve_spec(shared)
        meddle(shared, SPEC, old, new, "develop")
        with pytest.raises(Parked):
            go(shared, Plan(("implement", later)))
    left = next(event for event in kit.of(kit.journal(shared), Left) if event.stage == "integrate")
    assert left.to == to and told in left.artifact["corrections"][0]
    assert told in next(iter(waiting(shared).detail["about"]["changed on develop"].values()))


API = "openapi: 3.1.0\ninfo: {title: Greeter, version: '1'}\npaths: {}\n"


def test_a_change_without_a_delta_is_approved_as_one_that_changes_no_spec(shared: Path) -> None:
    """The mark that lets it pass is the CEO's to see, and part of what they approve."""
    (shared / target.FOLDER / ".openspec.yaml").write_text("schema: spec-driven\nskip_specs: true\n")
    turns = course()
    turns["design/1"][0].pop()
    with serving(target.Team(turns)):
        with pytest.raises(Parked):
            go(shared, Plan(("implement", later)))
        asked = waiting(shared)
        assert (
            "`skip_specs: true`" in asked.detail["about"]["no spec changes"] and "based on" not in asked.detail["about"]
        )
        assert any(line.startswith("no spec changes: its .openspec.yaml says") for line in about(asked.detail))
        ceo = Plan(("merge", later))
        with pytest.raises(Parked):
            go(shared, ceo)
        assert "no spec changes" in about(waiting(shared).detail)
        assert go(shared).state.finished == "merged"


def test_the_api_document_has_a_base_too(tmp_path: Path) -> None:
    config = target.CONFIG + '\n[spec]\npath = "docs/openapi.yaml"\n'
    top = target.make(tmp_path / "repo", {**target.FILES, "harness.toml": config, "docs/openapi.yaml": API})
    with serving(
        target.Team({**course(target.DELTA), "design/1": target.design(), "spec-review/2": [[target.verdict()]]})
    ):
        approve_spec(top)
        meddle(top, "docs/openapi.yaml", "title: Greeter", "title: Greeters", "develop")
        with pytest.raises(Parked):
            go(top, Plan(("implement", later)))
    assert returns(top) == [("integrate", "spec-review")]
    told = waiting(top).detail["about"]["changed on develop"]["docs/openapi.yaml"]
    assert "+info: {title: Greeters" in told
