"""The change's OpenSpec deltas and its task list are valid."""

from __future__ import annotations

from harness.config import Config
from harness.domain.gate import Finding, GateResult
from harness.gates.result import finding, judged
from harness.openspec.delta import parse, problems, tasks
from harness.ports import Bench, Sandbox, Subject

NAME = "openspec"
MOST_BYTES = 1 << 20
MOST_FILES = 200


def ready(config: Config, sandbox: Sandbox) -> str:
    """Always '': the gate reads git only."""
    return ""


def check(subject: Subject, bench: Bench) -> GateResult:
    """Look at every `specs/<capability>/spec.md` of the change, and at its tasks.md."""
    root = f"{subject.change.folder}/specs/"
    paths = bench.paths(subject.head)
    files = sorted(path for path in paths if path.startswith(root) and path.endswith(".md"))
    found: list[Finding] = []
    deltas = 0
    for path in files[:MOST_FILES]:
        if paths[path][0] == "120000":
            found.append(finding("openspec-file", "a link can't be a delta: write the file itself", path))
        elif path.endswith("/spec.md") and path != f"{root}spec.md":
            deltas += 1
            found += _delta(subject, bench, path, path.removeprefix(root).removesuffix("/spec.md"))
        else:
            text = "deltas are read from specs/<capability>/spec.md only; move the file or take it away"
            found.append(finding("openspec-file", text, path))
    if len(files) > MOST_FILES:
        found.append(finding("openspec-file", f"more than {MOST_FILES} files", root))
    if not deltas:
        found.append(finding("openspec-none", "the change has no delta: write specs/<capability>/spec.md", root))
    found += _tasks(subject, bench)
    return judged(NAME, subject, found, figures={"deltas": deltas})


def _delta(subject: Subject, bench: Bench, path: str, capability: str) -> list[Finding]:
    text = _text(bench.read(subject.head, path))
    if text is None:
        return [finding("openspec-file", f"the file is not UTF-8 or larger than {MOST_BYTES} bytes", path)]
    living = _text(bench.read(subject.living or subject.base, f"openspec/specs/{capability}/spec.md")) or ""
    return [finding(p.rule, p.text, path, p.line) for p in problems(parse(text), living)]


def _tasks(subject: Subject, bench: Bench) -> list[Finding]:
    path = f"{subject.change.folder}/tasks.md"
    data = bench.read(subject.head, path)
    if data is None:
        return [finding("openspec-tasks", "there is no tasks.md: list the work as `- [ ] …`", path)]
    text = _text(data)
    if text is None or not tasks(text):
        return [finding("openspec-tasks", "tasks.md has no task: write at least one line `- [ ] …`", path)]
    return []


def _text(data: bytes | None) -> str | None:
    if data is None or len(data) > MOST_BYTES:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
