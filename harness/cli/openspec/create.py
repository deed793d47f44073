"""`new change`: a folder for a change."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from harness.changes import schemas
from harness.changes.create import create
from harness.changes.files import Unusable
from harness.changes.settings import settings
from harness.cli.openspec.grammar import Call
from harness.cli.openspec.output import Failure, dump, remark, say
from harness.cli.openspec.store import select
from harness.openspec.metadata import FILE, misnamed

REMOVED = {
    "initiative": "--initiative is no longer supported. Normal changes no longer attach to initiatives; --store <id> "
    "selects the OpenSpec root.",
    "areas": "--areas is no longer supported. Workspace affected areas are not part of the normal OpenSpec root path.",
}
"""Options that there were once."""


def answer(call: Call, start: Path) -> int:
    name = call.argument or ""
    if wrong := misnamed(name):
        raise Unusable(wrong)
    for option, text in REMOVED.items():
        if call.value(option) is not None:
            code, extra = f"{option}_option_removed", {"target": "change.options"}
            raise Failure(code, text, fields={"change": None}, extra=extra)
    root = select(call, start)
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
    where = f"openspec/changes/{name}" if root.path == start else folder
    say(f"Created change '{name}' at {where}/\nSchema: {chosen}\nNext: openspec status --change {name}")
    if not root.found:
        say(
            "\nNote: no OpenSpec root was found here, so one was created at openspec/.\nRun `openspec init` to finish "
            "setting this project up, or delete that directory if you meant a different project."
        )
    return 0
