"""Which repository a command works on. A store, which OpenSpec's own tool may have registered, is none of ours."""

from __future__ import annotations

from pathlib import Path

from harness.changes.root import CONFIG, Root, find
from harness.changes.yaml import Unparsable, load
from harness.cli.openspec.grammar import Call
from harness.cli.openspec.output import Failure

PATH = (
    "--store-path is not supported. Register the path with openspec store register <path>, then select it with "
    "--store <id>."
)


def select(call: Call, start: Path) -> Root:
    """The nearest repository; Failure where a store is asked for, by an option or by settings that stand alone."""
    front = _front(call)
    if call.value("store-path") is not None:
        fix = "openspec store register <path>, then rerun with --store <id>."
        raise Failure("store_path_not_supported", PATH, fields=front, extra={"target": "store.id", "fix": fix})
    if (wanted := call.value("store")) is not None:
        raise _absent(wanted, front)
    root = find(start)
    if root.found and not (root.changes.is_dir() or root.specs.is_dir()):
        _declared(root, front)
    return root


def _absent(store: str, front: dict[str, object]) -> Failure:
    text = f"Store '{store}' is not available: `harness openspec` works on the repository it is run in"
    return Failure("store_not_found", text, fields=front)


def _declared(root: Root, front: dict[str, object]) -> None:
    """Settings without changes and specs beside them may name a store instead."""
    path = next(root.openspec / name for name in CONFIG if (root.openspec / name).exists())
    try:
        data = load(path.read_bytes().decode("utf-8", errors="replace"))
    except (Unparsable, OSError):
        problem, fix = "the config file could not be read as YAML", f"Fix the YAML syntax in {path}."
    else:
        value = data.get("store") if isinstance(data, dict) and "store" in data else ""
        if isinstance(value, str):
            if value or (isinstance(data, dict) and "store" in data):
                raise _absent(value, front)
            return
        problem = "the store key must be a single store id string"
        fix = f"Edit {path} so the store key is a registered store id, or remove it."
    text = f"Invalid store declaration in {path}: {problem}."
    extra = {"target": "store.pointer", "fix": fix}
    raise Failure("invalid_store_pointer", text, fields=front, extra=extra)


def _front(call: Call) -> dict[str, object]:
    """What stands in front of the report of such a failure."""
    known: dict[str, dict[str, object]] = {
        "archive": {"archive": None},
        "new change": {"change": None},
        "list": {"specs" if call.on("specs") else "changes": [], "root": None},
        "schemas": {"schemas": [], "root": None},
        "status": {"changes": [], "root": None} if call.on("all") else {},
    }
    return known.get(call.command, {})
