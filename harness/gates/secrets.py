"""No secret comes with the change: by the forms that we know, and by detect-secrets with a configuration of ours."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path

from harness.config import Config
from harness.domain.digest import digest_bytes
from harness.domain.gate import Finding, GateResult
from harness.domain.permission import PUBLIC, matches
from harness.errors import Mistake
from harness.gates.bench import reports
from harness.gates.extra import missing
from harness.gates.leak import FILTERS, PLUGINS, Leak, across, joined, known, reported, settings
from harness.gates.result import blocked, finding, judged
from harness.gates.sources import test
from harness.ports import Bench, Limits, Sandbox, Subject

NAME = "secrets"
TOOL = "detect-secrets"
COMMAND = " ".join(
    [
        f"{{tools}}/{TOOL} scan --no-verify --all-files",
        *(f"--disable-plugin {name}" for name in PLUGINS),
        *(f"--disable-filter detect_secrets.filters.{name}" for name in FILTERS),
        ".",
    ]
)
TOLD = (
    "**/*.md", "**/*.rst", "**/*.adoc", "**/*.txt", "docs/**", "doc/**", "openspec/**", "**/fixtures/**",
    "**/__fixtures__/**", "**/testdata/**", "**/__snapshots__/**", "**/examples/**", "**/*.snap", "**/*.lock",
    "**/package-lock.json", "**/pnpm-lock.yaml", "**/npm-shrinkwrap.json", "**/*.svg", "**/*.map", "**/*.ipynb",
    "**/*.min.js", "**/*.sum", "**/openapi*.yaml", "**/openapi*.yml", "**/openapi*.json", *PUBLIC,
)  # fmt: skip
"""Where passwords of examples and digests are usual: only what has the form of a secret counts there."""
KEYS = ("**/*.p12", "**/*.pfx", "**/*.jks", "**/*.keystore", "**/*.ppk", "**/*.kdbx", "**/*.tfstate*")
"""Files that are nothing but secrets, and no text to look into."""
MOST_BYTES = 2 << 20
LIMITS = Limits(wall=240, cpu=240)


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    return missing(TOOL)


def check(subject: Subject, bench: Bench) -> GateResult:
    """Look at the files that the change touches; what the base holds already is old."""
    lacking = ready(subject.config, bench.sandbox)
    if lacking:
        return blocked(NAME, subject, lacking)
    changed = bench.changed(subject.base, subject.tree)
    touched = {path for path, letter in changed.items() if letter != "D"} if changed else set(bench.paths(subject.tree))
    found = _leaks(subject, bench, subject.tree, touched)
    old = {leak.digest for leak in _leaks(subject, bench, subject.base, set(changed))} if found and changed else set()
    new = sorted({leak.digest: leak for leak in reversed(found) if leak.digest not in old}.values(), key=_order)
    evidence = bench.keep(json.dumps([asdict(leak) for leak in found], indent=1, sort_keys=True).encode())
    figures = {"files": len(touched), "old": len({leak.digest for leak in found} & old), "new": len(new)}
    return judged(NAME, subject, [_told(leak) for leak in new], command=COMMAND, figures=figures, evidence=evidence)


def _order(leak: Leak) -> tuple[str, int]:
    return leak.path, leak.line


def _told(leak: Leak) -> Finding:
    text = (
        f"looks like a secret ({leak.kind}, digest {leak.digest}): take it out, read it from the environment, and "
        "revoke it, for it is in the branch's history"
    )
    return finding("secrets-guessed" if leak.guessed else "secrets-known", text, leak.path, leak.line)


def _leaks(subject: Subject, bench: Bench, tree: str, paths: set[str]) -> list[Leak]:
    """What the named files of a tree hold, one a place."""
    own = subject.config.secrets
    rows = bench.paths(tree)
    wanted = {
        path for path in paths if rows.get(path, ("",))[0] in ("100644", "100755") and not matches(path, own.public)
    }
    hidden = {path for path in wanted if own.hides(path)}
    found = [leak for path in sorted(hidden) for leak in _named(bench, tree, path)]
    texts = {
        path: data.decode("utf-8", errors="replace")
        for path in sorted(wanted - hidden)
        if len(data := bench.read(tree, path) or b"") <= MOST_BYTES
    }
    found += [leak for path, text in texts.items() for leak in known(path, text)]
    # in tests and guides a value is taken apart so that other scanners leave an example alone
    texts = {path: text if _usual(path, subject.config) else joined(text) for path, text in texts.items()}
    found += [leak for path, text in texts.items() for leak in known(path, text)]
    found += [leak for path, text in texts.items() for leak in known(path, across(text))]
    found += _scanned(bench, texts) if texts else []
    return [leak for leak in _distinct(found) if not (leak.guessed and _usual(leak.path, subject.config))]


def _usual(path: str, config: Config) -> bool:
    return test(path, config) or matches(path, TOLD, fold=True)


def _distinct(found: Iterable[Leak]) -> list[Leak]:
    """One a line: a form that we know says more than a guess."""
    best: dict[tuple[str, int], Leak] = {}
    for leak in found:
        place = (leak.path, leak.line)
        if place not in best or (best[place].guessed and not leak.guessed):
            best[place] = leak
    return list(best.values())


def _named(bench: Bench, tree: str, path: str) -> list[Leak]:
    """What a file holds that is a secret by its name, and in no checkout for that."""
    data = bench.read(tree, path) or b""
    if matches(path, KEYS, fold=True):
        return [Leak("file of keys", digest_bytes(data)[:12], path, 0)]
    text = data[:MOST_BYTES].decode("utf-8", errors="replace")
    return [*known(path, text), *(replace(leak, guessed=False) for leak in settings(path, text))]


def _scanned(bench: Bench, texts: dict[str, str]) -> list[Leak]:
    # No checkout: packages that a set-up made would be mounted into it, and looked through, too.
    with bench.scratch() as work, bench.scratch() as out:
        _lay(work, texts)
        asked = bench.tool(COMMAND, work, out=out, limits=LIMITS)
        inside = bench.sandbox.inside(asked)
        outcome = bench.sandbox.run(replace(asked, shell=f"{asked.shell} > {inside.out}/secrets.json"))
        if outcome.limit or outcome.code:
            raise Mistake(f"{TOOL} ended with {outcome.limit or f'exit code {outcome.code}'}; nothing was looked at")
        data = reports(out).get("secrets.json", b"")
    lines = {path: text.split("\n") for path, text in texts.items()}
    found = reported(data, lines)
    if found is None:
        raise Mistake(f"{TOOL} left no report that can be read")
    return list(found)


def _lay(work: Path, texts: dict[str, str]) -> None:
    """Write the files into an empty directory, in which nothing runs yet."""
    for path, text in texts.items():
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        (work / path).write_text(text, encoding="utf-8", newline="")
