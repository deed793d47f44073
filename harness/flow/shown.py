"""What a decision of the pipeline is about: from what earlier stages left, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.config import Config
from harness.domain.change import Change
from harness.domain.digest import digest
from harness.flow.pipeline import Stage
from harness.flow.waivers import excused, waivers

NO_SPEC = "no spec changes"
SKIPPED = (
    "its .openspec.yaml says `skip_specs: true`; no requirement is added, modified, removed or renamed, so no "
    "specification says what the code may do from now on"
)
"""What a change without a delta is to be approved for: the gate lets it pass on that mark alone."""


def action(stage: Stage, change: Change, develop: str, artifacts: Mapping[str, Any]) -> str:
    """What is decided on, in a few words."""
    if stage.id == "release-approval":
        found = artifacts["contents"]
        source = f"{found['develop_name']} {found['develop'][:12]}"
        return f"release {source} to {found['main_name']} as {found['version']}"
    if stage.id == "spec-approval":
        return f"implement {change.name} as specified"
    return f"merge {change.branch} to {develop}"


def shown(stage: Stage, artifacts: Mapping[str, Any], config: Config, left_out: Mapping[str, str]) -> dict[str, Any]:
    """Digests in full, verdicts, the gates' results, and what no gate looked at; `left_out` is gate -> why."""
    found: dict[str, Any] = {}
    for name in stage.about:
        value = artifacts.get(name)
        if name == "reports":
            found["gates"] = {gate: _summed(report) for gate, report in (value or {}).items()}
            found["reports"] = digest(value)
        elif name.startswith("verdict:") and value:
            found["verdict"] = {k: value[k] for k in ("decision", "summary", "lock") if k in value}
            found["verdict digest"] = digest(value)
        else:
            found[name] = value
    found["not applicable"] = dict(left_out)
    measured = (artifacts.get("reports") or {}) if "reports" in stage.about else {}
    passing = waivers(config, measured.values() if "reports" in stage.about else None)
    traffic = measured.get("operations")
    unprovoked = excused(config, traffic["figures"] if traffic else None)
    more = {"not provokable": unprovoked, "waivers": passing}
    return {**found, **{name: told for name, told in more.items() if told}}


def standing(stood: Mapping[str, Any], artifacts: Mapping[str, Any]) -> dict[str, Any]:
    """What the spec's approval shows of how the spec stands: the digests of the requirements that it changes, or that
    it changes none, what develop changed in them since it was written, which open changes touch them too, and what it
    waits for.
    """
    found = {
        NO_SPEC: SKIPPED if stood.get("unchanged") else "",
        "changed on develop": artifacts.get("spec_moved"),
        "touched by others": stood.get("overlap"),
        "waits for": stood.get("waits"),
        "based on": stood.get("base"),
    }
    return {name: value for name, value in found.items() if value}


def _summed(report: Mapping[str, Any]) -> str:
    figures = ", ".join(f"{name} {value}" for name, value in list(report["figures"].items())[:6])
    return f"{report['result']}" + (f" ({figures})" if figures else "")
