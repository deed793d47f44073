"""The languages that a tree's code is in, and whether the tools for them are here."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from harness import nodetools
from harness.config import Config
from harness.gates import python, typescript
from harness.gates.inspector import INSTALL, regular
from harness.gates.sources import production
from harness.ports import Bench, Sandbox, Subject

LANGUAGES = ("python", "typescript")


def unready(config: Config, sandbox: Sandbox, *programs: str) -> str:
    """Why code can't be measured here, or ''; `programs` are what it takes for Python, `node` for TypeScript."""
    if sandbox.level == 0:
        return f"commands cannot run here: {sandbox.why}"
    if config.project.language == "typescript":
        return nodetools.missing()
    return lacking(*programs) if config.project.language == "python" else ""


def lacking(*programs: str) -> str:
    """Which of the harness's own tools are not installed, with what installs them, or ''."""
    own = Path(sys.prefix) / "bin"
    absent = [name for name in programs if not shutil.which(name, path=str(own))]
    return f"{', '.join(absent)} is not installed beside the harness: {INSTALL}" if absent else ""


def spoken(tree: str, config: Config, bench: Bench) -> tuple[str, ...]:
    """The configured language; without one, those that the tree has production code in."""
    if config.project.language in LANGUAGES:
        return (config.project.language,)
    found = []
    if any(production(path, config) for path in python.code(tree, config, bench)):
        found.append("python")
    if any(production(path, config) for path in typescript.code(tree, config, bench)):
        found.append("typescript")
    return tuple(found)


def shipped(tree: str, config: Config, bench: Bench) -> list[str]:
    """The files of production code."""
    return [path for path in regular(tree, config, bench) if production(path, config)]


@dataclass(frozen=True, slots=True)
class Sources:
    """The production code of one tree, as the linters of its languages saw it."""

    files: tuple[str, ...]
    languages: tuple[str, ...]
    raw: bytes
    """What they said, for evidence."""


def linted(subject: Subject, bench: Bench, why: str) -> Sources | str:
    """The production code of the subject's tree, or why it can't be measured; `why` is what the gate itself lacks."""
    files, why = measured(subject, bench, why)
    if why:
        return why
    languages = spoken(subject.tree, subject.config, bench)
    raw = b""
    if "typescript" in languages:
        raw += typescript.lint(subject.tree, subject.config, bench).raw
    if "python" in languages:
        raw += python.look(subject.tree, subject.config, bench).raw
    return Sources(tuple(files), languages, raw)


def measured(subject: Subject, bench: Bench, why: str) -> tuple[list[str], str]:
    """(the files of production code, why they can't be measured or ''); `why` is what the gate itself lacks."""
    files = [] if why else shipped(subject.tree, subject.config, bench)
    return files, why or ("" if files else "there is no production code: name it in [sources] paths")
