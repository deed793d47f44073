"""A pinned version of a public package, and what branches of it bring."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tests.gates.corpus.delivery import Delivery, Files


@dataclass(frozen=True, slots=True)
class Published:
    """The package as it was published, unpacked."""

    path: Path

    def text(self, path: str) -> str:
        """The text of a file."""
        return (self.path / path).read_text(encoding="utf-8")

    def edited(self, path: str, old: str, new: str) -> str:
        """The text of a file with a passage replaced."""
        return swapped(self.text(path), old, new)


def swapped(text: str, old: str, new: str) -> str:
    """`text` with a passage replaced that it holds exactly once, so that no trial silently changes nothing."""
    if text.count(old) != 1:
        raise LookupError(f"{text.count(old)} times there, not once: {old}")
    return text.replace(old, new)


@dataclass(frozen=True, slots=True)
class Trial:
    """A violation of one gate, on top of an honest branch."""

    files: Files
    """What it writes."""
    rule: str = ""
    """The finding that the gate has to give."""
    at: str = ""
    also: Files = field(default_factory=dict)
    """What the honest branch brings for this gate, too, so that there is something to measure."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of the delivery, such as its commit's message."""


@dataclass(frozen=True, slots=True)
class Package:
    """What is fetched, and what is tried on it."""

    name: str
    version: str
    registry: Literal["pypi", "npm"]
    config: str
    """Its harness.toml."""
    environment: tuple[str, ...]
    """What its commands need beside it, as pip or npm take it; each pinned."""
    deliveries: Callable[[Published], Iterator[Delivery]]
    develop: Mapping[str, str] = field(default_factory=dict)
    """What its develop has beside what was published, such as an API document."""
    lock: bool = False
    """Whether npm's lock file of it is made, and put on its develop."""

    @property
    def label(self) -> str:
        return f"{self.name} {self.version}"


def within(path: str, text: str, old: str, new: str, rule: str) -> Trial:
    """A violation in the branch's own file `path`, whose `text` holds `old` once; `rule` has to name it."""
    return Trial({path: swapped(text, old, new)}, rule, path)


def tried(honest: Files, trials: Mapping[str, Trial], **common: Any) -> Iterator[Delivery]:
    """For each gate, the honest branch and one with the violation on top of it."""
    for gate, each in trials.items():
        files = {**honest, **each.also}
        yield Delivery(gate, "honest", files, **common)
        own = {**common, "rule": each.rule, "at": each.at, **each.more}
        # What the violation leaves out of the honest branch was never there.
        bad = {path: text for path, text in {**files, **each.files}.items() if text is not None or path not in files}
        yield Delivery(gate, own["rule"] or own["listed"], bad, **own)


FOLDER = "openspec/changes/add-items"
PROPOSAL, TASKS = f"{FOLDER}/proposal.md", f"{FOLDER}/tasks.md"


def papers(capability: str, why: str, what: str, requirement: str, scenario: str) -> Files:
    """A change's folder: its proposal, one added requirement and one task."""
    title, _, rest = requirement.partition(": ")
    when, _, then = scenario.partition(" -> ")
    return {
        PROPOSAL: f"# {title}\n\n## Why\n\n{why}\n\n## What Changes\n\n- {what}\n",
        TASKS: f"# Tasks\n\n- [ ] 1.1 {what}\n",
        f"{FOLDER}/specs/{capability}/spec.md": f"## ADDED Requirements\n\n### Requirement: {title}\n{rest}\n\n"
        f"#### Scenario: {title}\n- **WHEN** {when}\n- **THEN** {then}\n",
    }


def on_papers(change: Mapping[str, Any]) -> dict[str, Trial]:
    """Violations of the gates that read a change's folder and the branch's names."""
    (spec,) = (path for path in change if path.endswith("/spec.md"))
    return {
        "proposal": Trial(
            {PROPOSAL: swapped(change[PROPOSAL], "## Why\n\n", "## Why\n\nTODO: ")}, "proposal-empty", PROPOSAL,
        ),
        "openspec": Trial({spec: change[spec].partition("#### ")[0]}, "openspec-scenario", spec),
        "lock": Trial({spec: swapped(change[spec], "SHALL", "MAY")}, "lock", spec),
        "branch": Trial({".github/workflows/test.yml": "on: push\n"}, "scope-base", ".github/workflows/test.yml"),
        "scope": Trial({f"{FOLDER}/qa-report.md": "# All passed\n"}, "scope", f"{FOLDER}/qa-report.md"),
    }  # fmt: skip
