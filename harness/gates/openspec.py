"""The change's OpenSpec deltas can be archived as they are, and its other documents are done."""

from __future__ import annotations

import re

from harness.config import Config
from harness.domain.gate import Finding, GateResult
from harness.gates.document import Unreadable, load
from harness.gates.result import finding, judged
from harness.openspec.delta import parse, problems
from harness.openspec.documents import lacking
from harness.openspec.landing import barred, land, place
from harness.openspec.metadata import FILE, Metadata, marker, metadata, retires, unparsed
from harness.openspec.workflow import DEFAULT
from harness.ports import Bench, Sandbox, Subject

NAME = "openspec"
MOST_BYTES = 1 << 20
MOST_FILES = 200
_SCHEMA = re.compile(r"openspec/schemas/(?P<name>[^/]+)/schema\.yaml")


def ready(config: Config, sandbox: Sandbox) -> str:
    """Always '': the gate reads git only."""
    return ""


def check(subject: Subject, bench: Bench) -> GateResult:
    """Look at every `specs/<capability>/spec.md` of the change, at its proposal and at its tasks.md."""
    root = f"{subject.change.folder}/specs/"
    paths = bench.paths(subject.head)
    files = sorted(path for path in paths if path.startswith(root) and path.endswith(".md"))
    found: list[Finding] = []
    deltas: dict[str, str] = {}
    for path in files[:MOST_FILES]:
        if paths[path][0] == "120000":
            found.append(finding("openspec-file", "a link can't be a delta: write the file itself", path))
        elif path.endswith("/spec.md") and path != f"{root}spec.md":
            name = path.removeprefix(root).removesuffix("/spec.md")
            deltas[name] = path
            found += _delta(subject, bench, path, name)
        else:
            text = "deltas are read from specs/<capability>/spec.md only; move the file or take it away"
            found.append(finding("openspec-file", text, path))
    if len(files) > MOST_FILES:
        found.append(finding("openspec-file", f"more than {MOST_FILES} files", root))
    found += _none(subject, bench, len(deltas))
    wrong = {each.path for each in found}
    found += _landing(subject, bench, {name: path for name, path in deltas.items() if path not in wrong})
    found += _documents(subject, bench, list(deltas))
    return judged(NAME, subject, found, figures={"deltas": len(deltas)})


def _none(subject: Subject, bench: Bench, deltas: int) -> list[Finding]:
    """A change without a delta, unless its metadata say that no requirement changes; and where they contradict it."""
    folder, paths = subject.change.folder, bench.paths(subject.head)
    root, path = f"{folder}/specs/", f"{folder}/{FILE}"
    below = any(each.startswith(root) for each in paths)
    none = "the change has no delta: write specs/<capability>/spec.md; where no requirement changes, ask the CEO, who "
    issues = marker(
        _metadata(subject, bench, path), deltas, below, False, f"{none}alone sets `skip_specs: true` in {FILE}"
    )
    return [
        finding("openspec-skip", each.message, path)
        if "skip_specs is set" in each.message
        else finding("openspec-none", each.message, root)
        for each in issues
        if each.level == "ERROR"
    ]


def _metadata(subject: Subject, bench: Bench, path: str) -> Metadata:
    """What the change says of itself, read as the tool for OpenSpec's files reads it."""
    data = bench.read(subject.head, path)
    if data is None:
        return Metadata()
    own = [_SCHEMA.fullmatch(each) for each in bench.paths(subject.head)]
    try:
        return metadata(load(data, path).value, [DEFAULT, *(each["name"] for each in own if each)])
    except Unreadable:
        return unparsed(data.decode("utf-8", errors="replace"))


def _delta(subject: Subject, bench: Bench, path: str, capability: str) -> list[Finding]:
    text = _text(bench.read(subject.head, path))
    if text is None:
        return [finding("openspec-file", f"the file is not UTF-8 or larger than {MOST_BYTES} bytes", path)]
    living = _text(bench.read(_living(subject), place(capability))) or ""
    return [finding(p.rule, p.text, path, p.line) for p in problems(parse(text), living)]


def _living(subject: Subject) -> str:
    """The commit whose living specs the deltas have to fit."""
    return subject.living or subject.base


def _landing(subject: Subject, bench: Bench, deltas: dict[str, str]) -> list[Finding]:
    """What the merge could not fold in, asked of the same code: valid means that it can be archived now."""
    texts = {name: bench.read(subject.head, path) or b"" for name, path in deltas.items()}
    specs = {name: bench.read(_living(subject), place(name)) for name in deltas}
    meta = _text(bench.read(subject.head, f"{subject.change.folder}/{FILE}")) or ""
    living = {name: data for name, data in specs.items() if data is not None}
    landing = land(texts, living, subject.change.name, retire=retires(meta))
    problems = {**landing.problems, **barred(bench.paths(_living(subject)), deltas)}
    return [finding("openspec-fold", text, deltas[name]) for name, text in problems.items()]


def _documents(subject: Subject, bench: Bench, capabilities: list[str]) -> list[Finding]:
    folder = subject.change.folder
    data = {name: bench.read(subject.head, f"{folder}/{name}") for name in ("proposal.md", "tasks.md")}
    texts = {name: None if found is None else (_text(found) or "") for name, found in data.items()}
    lacks = lacking(texts["proposal.md"], texts["tasks.md"], capabilities)
    # whether there is a proposal at all is another gate's question, long before there are deltas
    lacks = lacks if texts["proposal.md"] is not None else [lack for lack in lacks if lack.file != "proposal.md"]
    return [finding(lack.rule, lack.text, f"{folder}/{lack.file}") for lack in lacks]


def _text(data: bytes | None) -> str | None:
    if data is None or len(data) > MOST_BYTES:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
