"""Where a repository stands at the start: thresholds that its tests do not reach yet are written lower."""

from __future__ import annotations

import math

from harness.app import measured
from harness.config import Thresholds, parse
from harness.domain.gate import GateResult
from harness.errors import HarnessError
from harness.site import Site

MOST = 400
"""Characters of what is said of a run."""


def lowered(site: Site, head: str, text: str) -> tuple[dict[str, int], str]:
    """(metric -> whole per cent below the usual threshold, a note): measured on the commit `head` under `text`.

    Runs the tests once, in the sandbox. Where they can't be measured there, nothing is lowered, and the note says why.
    """
    config = parse(text)
    if not config.commands.unit or not head:
        return {}, ""
    usual = Thresholds().model_dump()
    try:
        asked = measured(site, head, config, "coverage", "tests")
        result = next(asked)
        if not result.figures:
            return {}, f"{_untold(result, next(asked))}; the thresholds stay at 80 %"
    except HarnessError as error:
        return {}, f"coverage was not measured: {error}"
    low = {
        metric: max(0, math.ceil(float(result.figures[metric])) - 1)
        for metric in usual
        if not float(result.figures[metric]) > usual[metric]
    }
    said = ", ".join(f"{metric} {float(result.figures[metric]):g} %" for metric in usual)
    return low, f"coverage is {said} now" + ("; the thresholds are set to just below" if low else "")


def _untold(coverage: GateResult, tests: GateResult) -> str:
    """Why there are no figures: what the tests say goes first, since a run that fails writes no coverage."""
    if tests.findings and tests.figures.get("tests"):
        first, failed = tests.findings[0], len(tests.findings) + tests.more
        place = f"{first.path}:{first.line}: " if first.path else ""
        return (
            f"coverage was not measured, as {failed} of {tests.figures['tests']} tests failed; the first: "
            f"{place}{first.text.splitlines()[0][:MOST]}"
        )
    if tests.findings:
        return f"coverage was not measured: {' '.join(tests.findings[0].text.split())[:MOST]}"
    return f"coverage was not measured: {' '.join((tests.reason or coverage.reason).split())[:MOST]}"
