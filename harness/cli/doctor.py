"""harness doctor"""

from __future__ import annotations

import click

from harness.cli import render
from harness.cli.checkup import checkup
from harness.cli.options import JSON


@click.command("doctor")
@JSON
def doctor_command(as_json: bool) -> int:
    """What this machine can do and what raises it. Exit code 0 if a run can be made here, else 1."""
    found = checkup()
    fit = all(check.ok for check in found)
    if as_json:
        rows = [{"name": c.name, "ok": c.ok, "text": c.text, "more": list(c.more)} for c in found]
        render.out({"ok": fit, "checks": rows})
        return 0 if fit else 1
    for check in found:
        render.say("\n     ".join([f"{'ok  ' if check.ok else 'NO  '} {check.name}: {check.text}", *check.more]), 5)
    lacking = [check.name for check in found if not check.ok]
    more = "; `harness gate` needs no model" if lacking == ["model"] else ""
    render.say("a run can be made here" if fit else f"put right what is marked NO, then look again{more}")
    return 0 if fit else 1
