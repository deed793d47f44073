"""harness gate"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli import render
from harness.cli.about import telling
from harness.cli.options import JSON, here
from harness.config import FILE
from harness.consent import Consent
from harness.errors import Mistake
from harness.flow.waivers import excused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.domain.gate import Result
    from harness.measuring import Measured, Measurement

CODES: dict[Result, int] = {"passed": 0, "failed": 1, "could not run": 3}
OUTPUT = click.Path(path_type=Path, dir_okay=False, allow_dash=True)


@click.command("gate")
@click.option("--only", multiple=True, metavar="NAME", help="Ask this gate; may be given again.")
@click.option("--ref", default="HEAD", show_default=True, help="The commit to measure: a branch, a tag or an id.")
@click.option("--base", default="", metavar="REV", help="Measure against REV, not the integration branch.")
@click.option("--fresh", is_flag=True, help="Measure again what was measured before.")
@click.option(
    "--disposable", is_flag=True, help="This machine may be lost: run commands unconfined where there is no sandbox."
)
@JSON
@click.option("--sarif", type=OUTPUT, metavar="FILE", help="Write the findings as SARIF 2.1.0; - is standard output.")
@click.option("--junit", type=OUTPUT, metavar="FILE", help="Write the results as JUnit XML; - is standard output.")
def gate_command(
    only: tuple[str, ...],
    ref: str,
    base: str,
    fresh: bool,
    disposable: bool,
    as_json: bool,
    sarif: Path | None,
    junit: Path | None,
) -> int:
    """Run the gates that apply on a commit, by hand or in a CI: no run, no model and no key is needed.

    The commit's own tree is measured, as it is committed, with the configuration of the commit where it left the
    integration branch. A commit of that branch is measured against nothing, so that everything counts. The API document
    that counts as approved is the change's own where the branch has its folder, else the base's, else the commit's.

    Exit code: 0 all passed, 1 a gate failed, 2 a mistake, 3 none failed, but one could not run.
    """
    from harness.measuring import Asked, measure

    quiet = as_json or Path("-") in (sarif, junit)
    files = _outputs(as_json, sarif, junit)
    watch: Callable[[Measured], None] = (lambda row: None) if quiet else _tell_row
    found = measure(here(), Asked(ref, base, only, fresh, Consent(disposable), watch))
    for place, text in files(found).items():
        _write(place, text)
    if as_json:
        render.out(facts(found))
    elif not quiet:
        _tell(found, chosen=bool(only))
    return CODES[found.result]


def _outputs(as_json: bool, sarif: Path | None, junit: Path | None) -> Callable[[Measurement], dict[Path, str]]:
    """What is to be written where; Mistake, before anything is measured, where that can't be."""
    asked: list[tuple[Path, Callable[[Measurement], str]]] = []
    if sarif is not None:
        from harness.cli.sarif import sarif as to_sarif

        asked.append((sarif, to_sarif))
    if junit is not None:
        from harness.cli.junit import junit as to_junit

        asked.append((junit, to_junit))
    if [place for place, _ in asked].count(Path("-")) + as_json > 1:
        raise Mistake("only one of --json, --sarif - and --junit - can have standard output; name a file for the other")
    for place, _ in asked:
        if place != Path("-") and not place.absolute().parent.is_dir():
            raise Mistake(f"{place.parent} is no directory: name a file to write")
    return lambda found: {place: form(found) for place, form in asked}


def _write(place: Path, text: str) -> None:
    if place == Path("-"):
        render.raw(text.splitlines())
        return
    try:
        place.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise Mistake(f"{place} can't be written: {error.strerror}") from error


def facts(found: Measurement) -> dict[str, Any]:
    """All of it, for programs."""
    span = found.span
    return {
        "result": found.result,
        "commit": span.head,
        "tree": found.tree,
        "branch": span.branch,
        "base": span.base,
        "against": "" if span.alone else span.against,
        "change": found.change.name if found.change.name != "." else "",
        "config": span.config.digest,
        "sandbox": found.sandbox,
        "gates": [
            {"title": row.gate.title, "seconds": round(row.seconds, 3), **row.result.model_dump(mode="json")}
            for row in found.rows
        ],
        "left out": found.left_out,
        "waivers": found.waivers,
        "not provokable": _excused(found),
    }


def _excused(found: Measurement) -> dict[str, str]:
    """Documented answers that the configuration says no test can cause."""
    measured = next((row.result.figures for row in found.rows if row.result.gate == "operations"), None)
    return excused(found.span.config, measured)


def _tell_row(row: Measured) -> None:
    """A line of the table; what did not pass stands out."""
    result = row.result
    more = telling(result.gate, result.figures) if result.result != "could not run" else ["see below"]
    mark = {"passed": "passed", "failed": "FAILED"}.get(result.result, result.result)
    took = "earlier" if result.reused else f"{row.seconds:.1f} s"
    render.row(f"{result.gate:12}  {mark:13}{took:>9}  ", more, "" if result.passed else "bold")


def _tell(found: Measurement, *, chosen: bool) -> None:
    """What stands below the table: what could not run and why, findings by file and line, what is let pass, what was
    not asked, and the sum."""
    unable = {row.result.gate: row.result.reason for row in found.rows if row.result.result == "could not run"}
    for why in dict.fromkeys(unable.values()):
        render.block(f"{', '.join(gate for gate in unable if unable[gate] == why)} could not run", [why])
    for row in found.rows:
        result, title = row.result, row.gate.title
        name = result.gate if title.lower() == result.gate else f"{result.gate}: {title}"
        if result.findings:
            more = [f"and {result.more} more"] if result.more else []
            render.block(name, [*map(str, result.findings), *more])
        if result.waived:
            render.block(f"{name}, let pass by {FILE}", [str(finding) for finding in result.waived])
    for title, told in (("Waivers", found.waivers), ("Not provokable", _excused(found))):
        if told:
            render.block(title, [f"{name}: {why}" for name, why in told.items()])
    if found.left_out and not chosen:
        render.block(f"Not asked ({len(found.left_out)})", grouped(found.left_out))
    span = found.span
    what = f"{span.head[:12]}{f' of {span.branch}' if span.branch else ''}"
    against = (
        "against nothing, so that everything counts" if span.alone else f"against {span.base[:12]} of {span.against}"
    )
    render.block(
        f"{found.result}: {_sum(found)}",
        [
            f"{what}, measured as it is committed {against}",
            *_earlier(found),
            f"commands ran at sandbox {found.sandbox}",
        ],
    )


def _earlier(found: Measurement) -> list[str]:
    """When results were measured that were not measured now."""
    times = sorted(row.result.reused for row in found.rows if row.result.reused)
    span = " to ".join(dict.fromkeys((times[0], times[-1]))) if times else ""
    return [f"what is marked earlier was measured {span}; --fresh measures it again"] if times else []


def grouped(left_out: Mapping[str, str]) -> list[str]:
    """Gates by the reason for which they were not asked, a line each."""
    by: dict[str, list[str]] = {}
    for gate, why in left_out.items():
        by.setdefault(why.removeprefix("not applicable: "), []).append(gate)
    return [f"{', '.join(gates)}: {why}" for why, gates in by.items()]


def _sum(found: Measurement) -> str:
    results = [row.result.result for row in found.rows]
    parts = [f"{results.count('passed')} of {len(results)} {'gate' if len(results) == 1 else 'gates'} passed"]
    parts += [f"{n} {word}" for word in ("failed", "could not run") if (n := results.count(word))]
    return ", ".join(parts)
