"""Whether the documents of a change are done by what they say, not by being there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.openspec.delta import tasks as boxes
from harness.openspec.living import lf
from harness.openspec.markdown import fenced, find, sections
from harness.openspec.proposal import sections_of
from harness.openspec.script import trim
from harness.openspec.spec import Unreadable

_NAME = r"[a-z0-9]+(?:[-_][a-z0-9]+)*(?:/[a-z0-9]+(?:[-_][a-z0-9]+)*)*"
_ITEM = re.compile(
    rf"[ \t]*[-*+][ \t]+(?:\*\*)?(?:`(?P<marked>{_NAME})`|(?P<plain>{_NAME}))(?:\*\*)?[ \t]*(?::|—|-|\(|$)"
)
_COMMENT = re.compile("<!--.*?-->", re.S)
_NONE = ("none", "na")


@dataclass(frozen=True, slots=True)
class Lack:
    """What a document does not say yet."""

    file: str
    """Below the change's folder."""
    rule: str
    text: str


def lacking(proposal: str | None, tasks: str | None, deltas: Sequence[str]) -> list[Lack]:
    """What is not done of a change with these texts (None: no such file) and with deltas of these capabilities."""
    return [*_proposal(proposal, deltas), *_tasks(tasks)]


def _proposal(text: str | None, deltas: Sequence[str]) -> Iterator[Lack]:
    if text is None:
        yield Lack("proposal.md", "openspec-proposal", "there is no proposal.md")
        return
    try:
        for section in sections_of(text):
            if not visible(section.content):
                yield Lack("proposal.md", "openspec-proposal", f"`## {section.title}` of proposal.md says nothing")
    except Unreadable as error:
        yield Lack("proposal.md", "openspec-proposal", f"proposal.md: {error}")
    listed = capabilities(text)
    for name in sorted(set(listed) - set(deltas)):
        said = f"proposal.md lists the capability {name}, but there is no specs/{name}/spec.md"
        yield Lack("proposal.md", "openspec-capability", said)
    for name in sorted(set(deltas) - set(listed)) if listed else ():
        said = f"proposal.md does not list the capability {name} under `## Capabilities`"
        yield Lack(f"specs/{name}/spec.md", "openspec-capability", said)


def _tasks(text: str | None) -> Iterator[Lack]:
    if text is None:
        yield Lack("tasks.md", "openspec-tasks", "there is no tasks.md: list the work as `- [ ] …`")
    elif not boxes(text):
        yield Lack("tasks.md", "openspec-tasks", "tasks.md has no task: write at least one line `- [ ] …`")


def capabilities(proposal: str) -> list[str]:
    """The names that a proposal lists under `## Capabilities`; none where it has no such list."""
    section = find(sections(lf(proposal)), "Capabilities")
    found = [_ITEM.match(line) for line in visible(section.content).split("\n")] if section else []
    names = [match["marked"] or match["plain"] for match in found if match]
    return [name for name in names if name not in _NONE]


def visible(text: str) -> str:
    """What a reader sees of a section: neither code nor comments."""
    lines = text.split("\n")
    code = fenced(lines)
    return trim(_COMMENT.sub("", "\n".join(line for i, line in enumerate(lines) if not code[i])))
