"""A living spec as data, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from harness.openspec import placeholder
from harness.openspec.fold import SHORT
from harness.openspec.issue import Issue
from harness.openspec.living import lf, split, structure
from harness.openspec.markdown import Section, find, sections
from harness.openspec.requirement import binding, body
from harness.openspec.script import length

NO_REQUIREMENTS = "Spec must have at least one requirement"
LONG = 500
"""Characters above which a requirement is called long."""
_UNWRITTEN = (
    "Purpose section is still a placeholder rather than a Purpose anyone wrote (the sentence `openspec archive` writes "
    "for a new capability, or a `TBD`/`TODO` marker left in its place). Replace it with what this capability is for, "
    "editing the main spec directly: a `## Purpose` in a delta is read only when the capability is created, so it "
    "cannot replace this one."
)
_GUIDE = """Missing required sections. Expected headers: "## Purpose" and "## Requirements". Example:
## Purpose
[brief purpose]

## Requirements
### Requirement: Clear requirement statement
Users SHALL ...

#### Scenario: Descriptive name
- **WHEN** ...
- **THEN** ..."""
_SCENARIO_GUIDE = """Scenarios must use level-4 headers. Convert bullet lists into:
#### Scenario: Short name
- **WHEN** ...
- **THEN** ...
- **AND** ..."""
BODY = (
    "SHALL or MUST in the requirement body, not only in the header. Move the SHALL/MUST statement to the line "
    'immediately after the "### Requirement: ..." header.'
)
RFC = " (RFC 2119 best practice for English specs)"


class Unreadable(Exception):
    """The document lacks a section that it can't be read without; the message says which."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """A requirement as the command line shows it."""

    title: str
    text: str
    scenarios: tuple[str, ...] = ()

    def json(self) -> dict[str, Any]:
        return {"text": self.text, "scenarios": [{"rawText": each} for each in self.scenarios]}


@dataclass(slots=True)
class Spec:
    """A living spec."""

    purpose: str
    requirements: list[Requirement] = field(default_factory=list)


def parse(text: str) -> Spec:
    """The spec in a file's text; Unreadable where a section is missing."""
    roots = sections(lf(text))
    purpose, rows = find(roots, "Purpose"), find(roots, "Requirements")
    if purpose is None or not purpose.content:
        raise Unreadable("Spec must have a Purpose section")
    if rows is None:
        raise Unreadable("Spec must have a Requirements section")
    return Spec(purpose.content, [requirement(each) for each in rows.children])


def requirement(section: Section) -> Requirement:
    """A requirement from its heading: its words are the heading's where there are none below it."""
    words = body(section.content.split("\n"))
    return Requirement(
        section.title, words or section.title, tuple(each.content for each in section.children if each.content)
    )


def check(text: str) -> list[Issue]:
    """Everything that is wrong with a living spec."""
    try:
        spec = parse(text)
    except Unreadable as error:
        return [Issue("ERROR", "file", f"{error}. {_GUIDE}")]
    return [*_shape(spec), *structure(text), *_rules(spec, text), *_words(text)]


def _shape(spec: Spec) -> Iterator[Issue]:
    if not spec.requirements:
        yield Issue("ERROR", "requirements", NO_REQUIREMENTS)
    for number, each in enumerate(spec.requirements):
        if not each.scenarios:
            yield Issue("ERROR", f"requirements.{number}.scenarios", "Requirement must have at least one scenario")


def _rules(spec: Spec, text: str) -> Iterator[Issue]:
    if placeholder.unwritten(spec.purpose):
        yield Issue("WARNING", "overview", _UNWRITTEN, placeholder.line(spec.purpose, text) or 0)
    elif length(spec.purpose) < SHORT:
        yield Issue("WARNING", "overview", f"Purpose section is too brief (less than {SHORT} characters)")
    for number, each in enumerate(spec.requirements):
        where = f"requirements[{number}]"
        if length(each.text) > LONG:
            said = f"Requirement text is very long (>{LONG} characters). Consider breaking it down."
            yield Issue("INFO", where, said)
        if not each.scenarios:
            said = f"Requirement must have at least one scenario. {_SCENARIO_GUIDE}"
            yield Issue("WARNING", f"{where}.scenarios", said)


def _words(text: str) -> Iterator[Issue]:
    for number, each in enumerate(split(lf(text)).blocks):
        where, who = f"requirements[{number}]", f'Requirement "{each.name}"'
        words = each.text
        if binding(words):
            continue
        if not words:
            tail = BODY if binding(each.name) else "SHALL or MUST"
            yield Issue("ERROR", where, f"{who} must contain {tail}")
        else:
            tail = BODY if binding(each.name) else "SHALL or MUST"
            yield Issue("WARNING", where, f"{who} should contain {tail}{RFC}")
