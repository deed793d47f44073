"""`openspec/config.yaml`: the schema of new changes, and what instructions say besides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from harness.changes.root import CONFIG, Root
from harness.changes.yaml import Unparsable, load
from harness.openspec.workflow import DEFAULT

MOST_BYTES = 50 * 1024
"""Of the context."""
OPERATIONS = ("apply", "archive")


@dataclass(slots=True)
class Settings:
    """What is in order of the file; `remarks` tell the rest."""

    schema: str = ""
    context: str = ""
    rules: dict[str, list[str]] = field(default_factory=dict)
    guidance: dict[str, list[str]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    @property
    def chosen(self) -> str:
        """The schema of a change that names none."""
        return self.schema or DEFAULT


def settings(root: Root) -> Settings:
    """The repository's settings; none is as good as an empty file."""
    path = next((root.openspec / name for name in CONFIG if (root.openspec / name).is_file()), None)
    if path is None:
        return Settings()
    try:
        data = load(path.read_bytes().decode("utf-8", errors="replace"))
    except Unparsable as error:
        first = str(error).partition("\n")[0]
        return Settings(remarks=[f"Warning: could not parse {path} ({first}); ignoring it."])
    if not isinstance(data, dict):
        said = [] if isinstance(data, list) else ["openspec/config.yaml is not a valid YAML object"]
        return Settings(remarks=said)
    return _read(data)


def _read(data: dict[str, Any]) -> Settings:
    out = Settings()
    schema = data.get("schema")
    if isinstance(schema, str) and schema:
        out.schema = schema
    elif schema is not None:
        out.remarks.append("Invalid 'schema' field in config (must be non-empty string)")
    context = data.get("context")
    if isinstance(context, str) and (size := len(context.encode("utf-8", errors="replace"))) > MOST_BYTES:
        text = f"Context too large ({size / 1024:.1f}KB, limit: {MOST_BYTES // 1024}KB)"
        out.remarks += [text, "Ignoring context field"]
    elif isinstance(context, str):
        out.context = context
    elif context is not None:
        out.remarks.append("Invalid 'context' field in config (must be string)")
    for name, each in _table(out, data, "rules"):
        _texts(out, out.rules, name, each, f"Rules for '{name}'", "this artifact's rules")
    for name, each in _table(out, data, "operations"):
        if name not in OPERATIONS:
            listed = ", ".join(OPERATIONS)
            out.remarks.append(f"Unknown operation ID '{name}' in config. Supported operation IDs: {listed}")
        elif isinstance(each, dict) and "guidance" in each:
            what = f"Guidance for operation '{name}'"
            _texts(out, out.guidance, name, each["guidance"], what, "this operation's guidance")
    return out


def _table(out: Settings, data: dict[str, Any], key: str) -> list[tuple[str, Any]]:
    value = data.get(key)
    if isinstance(value, dict):
        return list(value.items())
    if value is not None:
        out.remarks.append(f"Invalid '{key}' field in config (must be object)")
    return []


def _texts(out: Settings, into: dict[str, list[str]], name: str, value: Any, what: str, ignored: str) -> None:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        out.remarks.append(f"{what} must be an array of strings, ignoring {ignored}")
    elif kept := [each for each in value if each]:
        into[name] = kept
