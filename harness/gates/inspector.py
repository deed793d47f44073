"""Runs a tool of the harness on a clean checkout, in the sandbox, and reads what it wrote: once for each tree."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import nodetools
from harness.config import Config
from harness.errors import Mistake
from harness.gates.bench import reports
from harness.ports import Bench, Limits, Outcome

LIMITS = Limits(wall=600, cpu=600, memory=6 << 30)
INSTALL = "`pip install '.[gates]'` in the harness's checkout"
_NOT_FOUND = (126, 127)


@dataclass(frozen=True, slots=True)
class Inspected:
    """How the tool ended, and the files that it left."""

    outcome: Outcome
    files: Mapping[str, bytes]

    @property
    def raw(self) -> bytes:
        """All of it, as evidence."""
        parts = [f"== {name}\n".encode() + data for name, data in sorted(self.files.items())]
        return b"\n".join([*parts, self.outcome.output.encode("utf-8", "backslashreplace")])


def inspect(
    name: str,
    shell: str,
    tree: str,
    bench: Bench,
    *,
    give: Mapping[str, str] | None = None,
    programs: Iterable[Path] = (),
    node: bool = False,
) -> Inspected:
    """Run `shell` on a checkout of `tree`. It may name `{tools}/NAME`, `{out}` for its reports, `{given}` for a folder
    that holds `give` (file name -> text) and the files `programs`, and with `node` `{node}` for the Node packages.
    Mistake where it could not be run to its end.
    """
    with bench.checkout(tree) as work, bench.scratch() as out, bench.scratch() as given:
        for each in programs:
            shutil.copy(each, given)
        for file, text in (give or {}).items():
            (given / file).write_text(text, encoding="utf-8", errors="surrogateescape")
        for path in (given, *given.iterdir()):
            path.chmod(0o755 if path.is_dir() else 0o644)
        place = nodetools.place()
        read = (given, place) if node else (given,)
        asked = bench.tool("", work, out=out, read=read, limits=LIMITS)
        inside = bench.sandbox.inside(asked)
        text = shell.replace("{out}", inside.out).replace("{given}", str(given)).replace("{node}", str(place))
        env = {"HARNESS_NODE": str(place)} if node else {}
        outcome = bench.sandbox.run(bench.tool(text, work, out=out, read=read, limits=LIMITS, env=env))
        found = Inspected(outcome, reports(out, inside))
    if outcome.limit:
        raise Mistake(f"{name} was ended by a limit ({outcome.limit}) after {outcome.seconds:.0f} s")
    if outcome.code in _NOT_FOUND:
        advice = "run `harness tools`" if node else f"install it with {INSTALL}"
        raise Mistake(f"{name} could not be started ({outcome.output.strip()[-200:]}): {advice}")
    return found


def each(files: Iterable[str], end: str = "\0") -> str:
    """The list of files for `xargs -0`; no name can be taken for an option."""
    return "".join(f"./{name}{end}" for name in files)


def regular(tree: str, config: Config, bench: Bench) -> list[str]:
    """The files of a tree that are in its checkouts and are no links."""
    paths = bench.paths(tree).items()
    return sorted(path for path, (mode, _) in paths if mode in ("100644", "100755") and not config.secrets.hides(path))


def load(name: str, inspected: Inspected, file: str) -> Any:
    """A report in JSON; Mistake where there is none that can be read."""
    data = inspected.files.get(file)
    said = inspected.outcome.output.strip()[-400:]
    if data is None:
        raise Mistake(f"{name} left no report ({file}); it said: {said}")
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Mistake(f"{name} left a report that is not JSON: {error}; it said: {said}") from error
