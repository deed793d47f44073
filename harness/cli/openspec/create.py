"""`new change`: a folder for a change."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from harness.changes import schemas
from harness.changes.create import create
from harness.changes.root import find
from harness.changes.settings import settings
from harness.cli.openspec.grammar import Call
from harness.cli.openspec.output import dump, remark, say
from harness.openspec.metadata import FILE


def answer(call: Call, start: Path) -> int:
    root = find(start)
    name = call.argument or ""
    schema = call.value("schema") or ""
    if schema:
        schemas.demand(root, schema)
    if not call.on("json"):
        remark(f"- Creating change '{name}' with schema '{schema or settings(root).chosen}'...")
    today = date.today().isoformat()
    chosen = create(root, name, schema, call.value("goal") or "", call.value("description") or "", today)
    folder = root.changes / name
    if call.on("json"):
        made = {"id": name, "path": str(folder), "metadataPath": str(folder / FILE), "schema": chosen}
        dump({"change": made, "root": root.json()})
        return 0
    say(f"Created change '{name}' at openspec/changes/{name}/\nSchema: {chosen}\nNext: openspec status --change {name}")
    if not root.found:
        say(
            "\nNote: no OpenSpec root was found here, so one was created at openspec/.\nRun `openspec init` to finish "
            "setting this project up, or delete that directory if you meant a different project."
        )
    return 0
