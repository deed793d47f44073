"""Where a repository stands at the start: thresholds that its tests do not reach yet are written lower."""

from __future__ import annotations

import math

from harness.app import measured
from harness.config import Thresholds, parse
from harness.errors import HarnessError
from harness.site import Site


def lowered(site: Site, head: str, text: str) -> tuple[dict[str, int], str]:
    """(metric -> whole per cent below the usual threshold, a note): measured on the commit `head` under `text`.

    Runs the tests once, in the sandbox. Where they can't be measured there, nothing is lowered, and the note says why.
    """
    config = parse(text)
    if not config.commands.unit or not head:
        return {}, ""
    try:
        result = measured(site, head, config, "coverage")
    except HarnessError as error:
        return {}, f"coverage was not measured: {error}"
    usual = Thresholds().model_dump()
    if not result.figures:
        return {}, f"coverage was not measured: {' '.join(result.reason.split())[:300]}"
    low = {
        metric: max(0, math.ceil(float(result.figures[metric])) - 1)
        for metric in usual
        if not float(result.figures[metric]) > usual[metric]
    }
    said = ", ".join(f"{metric} {float(result.figures[metric]):g} %" for metric in usual)
    return low, f"coverage is {said} now" + ("; the thresholds are set to just below" if low else "")
