"""What ended, or was decided, and is in no minutes yet."""

from __future__ import annotations

from collections.abc import Sequence

from harness.domain.event import Entry
from harness.flow import minutes
from harness.site import Site


def unminuted(site: Site) -> dict[str, Sequence[Entry]]:
    """The runs of which something is in no minutes yet; what is driven now is left out."""
    apart = site.consultations()
    runs = {run: site.journal(run).read() for run in site.store.runs() if run not in apart and not site.driven(run)}
    return minutes.fresh(runs, minutes.last(site.journal("repo").read()))
