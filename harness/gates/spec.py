"""The OpenAPI document of a change is valid, and complete for every operation."""

from __future__ import annotations

from collections.abc import Mapping

from harness.config import Config
from harness.domain.gate import Finding, GateResult
from harness.gates.bundle import Api, bundle
from harness.gates.completeness import Review, blank
from harness.gates.document import Document, Unreadable, load
from harness.gates.judge import judge
from harness.gates.operation import operations
from harness.gates.result import blocked, finding, judged
from harness.ports import Bench, Sandbox, Subject

NAME = "spec"
SUFFIXES = (".yaml", ".yml", ".json")
VERSIONS = ("3.0", "3.1")
MOST_FILES = 200
SECONDS = 60
"""Processor time that judging one document may take."""


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    return "" if config.spec.path else "harness.toml has no [spec] path: name the living OpenAPI document"


def check(subject: Subject, bench: Bench) -> GateResult:
    """Validate the one OpenAPI document below the change's specs folder; the living one where no change is measured."""
    if not subject.config.spec.path:
        return blocked(NAME, subject, ready(subject.config, bench.sandbox))
    found, problems = candidates(subject, bench)
    if len(found) == 1:
        api = bundled(subject, bench, *next(iter(found.items())))
    elif not any(path.startswith(f"{subject.change.folder}/") for path in bench.paths(subject.head)):
        living = _living(subject, bench, subject.tree)
        if isinstance(living, str):
            return judged(NAME, subject, [finding("spec-one", living, subject.config.spec.path)])
        api = living
    else:
        return judged(NAME, subject, [*problems, _count(subject, list(found))])
    problems += [finding("spec-ref", text, path, line) for path, line, text in api.problems]
    if api.version not in VERSIONS:
        text = f"openapi is {api.value.get('openapi')!r}; write 3.0.x or 3.1.x"
        problems.append(finding("spec-version", text, api.path))
    if problems:
        return judged(NAME, subject, problems)
    review = Review(api)
    review.run()
    verdict = judge(api, [row[0] for row in review.examples], seconds=SECONDS)
    if verdict.failure:
        return judged(NAME, subject, [finding("spec-valid", verdict.failure, api.path), *review.findings])
    invalid = [finding("spec-valid", f"{_dotted(at)}: {text}", *api.at(at)) for at, text in verdict.invalid]
    wrong = [
        finding("spec-example", f"{name}: an example does not match its schema: {text}", *api.at(at))
        for (_, name, at), texts in zip(review.examples, verdict.mismatches, strict=False)
        for text in texts[:3]
    ]
    figures = {
        "operations": sum(1 for _ in operations(api)),
        "examples": len(review.examples),
        "files": len(api.sources),
    }
    every = [*invalid, *_info(api), *review.findings, *dict.fromkeys(wrong), *_lost(subject, bench, api)]
    return judged(NAME, subject, every, figures=figures)


def candidates(subject: Subject, bench: Bench) -> tuple[dict[str, Document], list[Finding]]:
    """Documents with an `openapi` key below the change's specs folder, and what could not be read there."""
    folder = f"{subject.change.folder}/specs/"
    found: dict[str, Document] = {}
    problems: list[Finding] = []
    paths = bench.paths(subject.head)
    names = sorted(p for p, (mode, _) in paths.items() if p.startswith(folder) and p.endswith(SUFFIXES))
    for path in names[:MOST_FILES]:
        if paths[path][0] == "120000":
            problems.append(finding("spec-file", "a link can't be part of the spec: write the file itself", path))
            continue
        try:
            document = load(bench.read(subject.head, path) or b"", path)
        except Unreadable as error:
            problems.append(finding("spec-file", str(error), path, error.line))
            continue
        if isinstance(document.value, Mapping) and "openapi" in document.value:
            found[path] = document
    if len(names) > MOST_FILES:
        problems.append(finding("spec-file", f"more than {MOST_FILES} files below {folder}"))
    return found, problems


def bundled(subject: Subject, bench: Bench, path: str, document: Document) -> Api:
    """The document at `path` of the head with the files that it refers to."""
    return bundle(path, document, f"{subject.change.folder}/specs", lambda name: bench.read(subject.head, name))


def approved(subject: Subject, bench: Bench) -> Api | str:
    """The spec that a running service is held against: the change's own, else the living one; else a reason.

    A document with an unusable reference is a reason too: what is measured against it would be measured against less.
    """
    found, problems = candidates(subject, bench)
    if len(found) > 1:
        return f"{subject.change.folder}/specs holds {len(found)} OpenAPI documents, but there must be one"
    if problems:
        return f"{problems[0].path}: {problems[0].text}"
    if found:
        api = bundled(subject, bench, *next(iter(found.items())))
    else:
        living = _living(subject, bench, subject.spec or subject.tree)
        if isinstance(living, str):
            return living
        api = living
    if api.problems:
        path, _, text = api.problems[0]
        return f"{path}: {text}"
    return api


def _living(subject: Subject, bench: Bench, tree: str) -> Api | str:
    path = subject.config.spec.path
    data = bench.read(tree, path) if path else None
    if data is None:
        return f"there is no OpenAPI document: neither in {subject.change.folder}/specs nor at {path or '[spec] path'}"
    try:
        document = load(data, path)
    except Unreadable as error:
        return f"{path}: {error}"
    if not isinstance(document.value, Mapping):
        return f"{path} is not an OpenAPI document"
    folder = path.rpartition("/")[0]
    return (
        bundle(path, document, folder, lambda name: bench.read(tree, name))
        if folder
        else bundle(path, document, ".", lambda name: None)
    )


def _count(subject: Subject, found: list[str]) -> Finding:
    folder = f"{subject.change.folder}/specs"
    if found:
        text = f"there are {len(found)} OpenAPI documents ({', '.join(found[:5])}); leave one, the full successor"
        return finding("spec-one", text, found[1])
    text = f"put the full successor of {subject.config.spec.path} as OpenAPI 3.0 or 3.1 below {folder}"
    return finding("spec-one", f"there is no OpenAPI document: {text}", folder)


def _info(api: Api) -> list[Finding]:
    info = api.value.get("info")
    title = info.get("title") if isinstance(info, Mapping) else None
    return [finding("spec-title", "info.title is missing or a placeholder", *api.at(("info",)))] if blank(title) else []


def _lost(subject: Subject, bench: Bench, api: Api) -> list[Finding]:
    """Operations of the living spec that the successor drops without a word in the proposal or the design."""
    living = _living(subject, bench, subject.base)
    if isinstance(living, str):
        return []
    said = b"".join(
        bench.read(subject.head, f"{subject.change.folder}/{name}") or b"" for name in ("proposal.md", "design.md")
    ).decode(errors="replace")
    kept = {op.name for op in operations(api)}
    return [
        finding(
            "spec-lost", f"{op.name} of the living spec is missing; if it is to go, name it in proposal.md", api.path
        )
        for op in operations(living)
        if op.name not in kept and op.name not in said
    ]


def _dotted(at: tuple[str, ...]) -> str:
    return "#" + "".join(f"/{token}" for token in at)
