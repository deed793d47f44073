"""Delta files: what is read from them, and what is wrong with them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.openspec.delta import parse, problems, tasks
from harness.openspec.lock import lock, unticked

LIVING = """# items Specification

## Purpose
Keep items.

## Requirements

### Requirement: Read
The system SHALL read.

#### Scenario: Works
- **THEN** it works

#### Scenario: Fails
- **THEN** it fails

### Requirement: Write
The system SHALL write.

#### Scenario: Works
- **THEN** it works
"""
ADDED = """## ADDED Requirements

### Requirement: Add items
When asked,
the system SHALL add an item.

#### Scenario: One is added
- **WHEN** a client posts an item
- **THEN** it is kept
"""


def rules(text: str, living: str = LIVING) -> list[str]:
    return sorted({problem.rule for problem in problems(parse(text), living)})


def test_an_addition_is_read() -> None:
    delta = parse(ADDED)
    (requirement,) = delta.of("ADDED")
    assert (requirement.name, requirement.line, requirement.scenarios) == ("Add items", 3, ["Scenario: One is added"])
    assert problems(delta, LIVING) == []


@pytest.mark.parametrize("text", [ADDED.replace("\n", "\r\n"), ADDED.replace("### Requirement", "### requirement")])
def test_line_ends_and_case_of_keywords_do_not_matter(text: str) -> None:
    assert rules(text) == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (ADDED.replace("SHALL", "will"), "openspec-shall"),
        (ADDED.split("####")[0], "openspec-scenario"),
        (ADDED.replace("#### Scenario: One is added", "```\n#### Scenario: One is added\n```"), "openspec-scenario"),
        (ADDED.replace("####", "#####"), "openspec-scenario"),
        (ADDED.replace("### Requirement: Add items", "### Requirement:"), "openspec-name"),
        (ADDED.replace("## ADDED Requirements", "## Notes"), "openspec-section"),
        (ADDED.replace("### Requirement", "#### Requirement"), "openspec-empty"),
        ("## ADDED Requirements\n", "openspec-empty"),
        ("", "openspec-empty"),
        (ADDED + ADDED, "openspec-twice"),
        (ADDED + "\n## REMOVED Requirements\n### Requirement: add  ITEMS\n", "openspec-twice"),
        (ADDED.replace("Add items", "Read"), "openspec-known"),
        ("## REMOVED Requirements\n### Requirement: Fly\n", "openspec-unknown"),
        ("## REMOVED Requirements\n- `### Requirement: Fly`\n", "openspec-unknown"),
        ("## MODIFIED Requirements\n### Requirement: Read\nIt SHALL.\n#### Scenario: Works\n- x\n", "openspec-lost"),
        ("## MODIFIED Requirements\n### Requirement: read\nIt SHALL.\n#### Scenario: Works\n- x\n", "openspec-unknown"),
        ("## RENAMED Requirements\n- TO: `### Requirement: Fly`\n", "openspec-rename"),
        ("## RENAMED Requirements\n- FROM: `### Requirement: Read`\n", "openspec-rename"),
        ("## RENAMED Requirements\nFROM: ### Requirement: Fly\nTO: ### Requirement: Walk\n", "openspec-unknown"),
    ],
)
def test_defects_are_named(text: str, rule: str) -> None:
    assert rule in rules(text)


@pytest.mark.parametrize(
    "text",
    [
        "## REMOVED Requirements\n- `### Requirement: Read`\n",
        "## RENAMED Requirements\n- FROM: `### Requirement: Read`\n- TO: `### Requirement: Look`\n",
        "## RENAMED Requirements\nFROM: ### Requirement: Read\nTO: ### Requirement: Look\n"
        + ADDED.replace("Add items", "Read"),
        "## MODIFIED Requirements\n### Requirement: Write\nIt MUST.\n#### Scenario: Works\n- x\n#### New\n- y\n",
    ],
)
def test_honest_changes_of_what_is_there(text: str) -> None:
    assert rules(text) == []


def test_a_line_is_named_even_behind_a_comment() -> None:
    (problem,) = problems(parse("<!--\n\n-->\n" + ADDED.replace("SHALL", "will")), LIVING)
    assert problem.line == 6


@given(st.text(alphabet="#- `~ADEMOVRNFT:Requirmntsd\n<!>", max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    delta = parse(text)
    assert delta.empty <= bool(problems(delta, text))


@pytest.mark.parametrize(("text", "count"), [("- [ ] a\n- [x] b\n* [X] c\n1. [ ] d\n", 4), ("1. a\n- b\n- []\n", 0)])
def test_tasks_are_checkboxes(text: str, count: int) -> None:
    assert tasks(text) == count


def test_ticks_alone_are_not_in_the_lock() -> None:
    assert unticked(b"- [x] a [x]\n  * [X] b\n1. [x] c\nnot [x]\n") == b"- [ ] a [x]\n  * [ ] b\n1. [ ] c\nnot [x]\n"


def test_the_lock_holds_path_mode_content_and_base() -> None:
    paths = {
        "c/proposal.md": ("100644", "a" * 40),
        "c/specs/x/spec.md": ("100644", "b" * 40),
        "c/notes.md": ("100644", "c" * 40),
    }

    def of(rows: dict[str, tuple[str, str]], base: str = "base") -> str:
        return lock(lambda path: b"- [ ] a", rows, "c", base)

    first = of(paths)
    assert len(first) == 64
    assert of(dict(reversed(paths.items()))) == first
    assert of({**paths, "c/notes.md": ("100644", "d" * 40), "other": ("100644", "d" * 40)}) == first
    assert of(paths, "base2") != first
    assert of({**paths, "c/proposal.md": ("100755", "a" * 40)}) != first
    assert of({**paths, "c/specs/y.yaml": ("100644", "d" * 40)}) != first
    assert of({**paths, "c/tasks.md": ("100644", "d" * 40)}) == of({**paths, "c/tasks.md": ("100644", "e" * 40)})


@pytest.mark.parametrize(
    "text",
    [
        "<!--" * 200_000,
        "## ADDED" + " " * 300_000 + "x",
        "## ADDED Requirements\n### Requirement: a" + " " * 300_000 + "b\n",
        "## RENAMED Requirements\n- FROM: ### Requirement: a" + " `" * 150_000 + "b\n",
        "## ADDED Requirements\n### Requirement: a\n" + "x\n" * 300_000,
    ],
)
def test_hostile_lines_take_no_time(text: str) -> None:
    begun = time.process_time()
    problems(parse(text), text)
    assert time.process_time() - begun < 5
