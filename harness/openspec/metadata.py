"""`.openspec.yaml` of a change, once it is parsed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from harness.openspec.issue import Issue
from harness.openspec.script import S, length
from harness.openspec.shape import Fault, array, boolean, closed, kebab, matching, optional, table, text

FILE = ".openspec.yaml"
NONE = (
    "Change must have at least one delta. No deltas found. Ensure your change has a specs/ directory with capability "
    "folders (e.g. specs/http-server/spec.md) containing .md files that use delta headers (## "
    "ADDED/MODIFIED/REMOVED/RENAMED Requirements) and that each requirement includes at least one "
    '"#### Scenario:" block. If this change intentionally modifies no specs (pure refactor, tooling, docs), set '
    '"skip_specs: true" in the change\'s .openspec.yaml instead. Tip: run "openspec change show <change-id> --json '
    '--deltas-only" to inspect parsed deltas.'
)
"""That a change without deltas needs one."""
_SHAPE = table(
    schema=text("schema is required", 1),
    created=optional(matching(r"\d{4}-\d{2}-\d{2}", "created must be YYYY-MM-DD format")),
    goal=optional(text(least=1)),
    affected_areas=optional(array(text(least=1))),
    initiative=optional(
        closed(table(store=kebab("Store id"), id=kebab("Initiative id")), "store", "id"),
    ),
    skip_specs=optional(boolean),
    retire_capabilities=optional(boolean),
)
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}-", re.A)
_RETIRES = re.compile(r"^retire_capabilities:[ \t]*(?:true|True|TRUE)[ \t]*(?:#.*)?$", re.M)
_MARK = re.compile(f"(?:\\A|(?<=[\n\r\u2028\u2029])){S}*([\"']?)skip_specs\\1{S}*:")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a change says about itself, as far as it is in order."""

    schema: str = ""
    skip_specs: bool = False
    retire: bool = False
    broken: str = ""
    """Why a `skip_specs` that is set can't be honoured."""


def faults(value: Any) -> list[Fault]:
    """What is wrong with the parsed file."""
    return _SHAPE(value, ())


def metadata(value: Any, known: list[str]) -> Metadata:
    """The parsed file; `known` are the schemas that there are."""
    found = faults(value)
    marked = isinstance(value, dict) and value.get("skip_specs", False) is not False
    if found:
        first = found[0]
        where = f"{first.where}: " if first.where else ""
        return Metadata(broken=_clean(f"{where}{first.message}") if marked else "")
    schema = value["schema"]
    if schema not in known:
        return Metadata(broken=_clean(f"schema: unknown schema '{schema}'") if marked else "")
    return Metadata(schema, value.get("skip_specs", False), value.get("retire_capabilities", False))


def unparsed(text_: str) -> Metadata:
    """A file that is not YAML."""
    return Metadata(broken="the file is not valid YAML" if _MARK.search(text_) else "")


def unreadable(why: str, there: bool) -> Metadata:
    """A file that can't be read, or, where it is `there`, whose schema can't."""
    return Metadata(broken=_clean(why if there else f"the metadata file cannot be read ({why})"))


def _clean(text_: str) -> str:
    return re.sub("[\x00-\x1f\x7f]", "?", text_)


def dishonoured(data: Metadata) -> str:
    """That a marker which is set can't be honoured."""
    text_ = f"skip_specs is set but {FILE} is not valid change metadata, so the marker is not honored. "
    return f"{text_}Fix the metadata ({data.broken})"


def marker(data: Metadata, total: int, files: bool, strays: bool, none: str = NONE) -> list[Issue]:
    """What follows from `skip_specs` and the number of deltas. `files`: there is a file under specs/."""
    out = [Issue("ERROR", FILE, dishonoured(data))] if data.broken else []
    if data.skip_specs and files:
        text_ = f"skip_specs is set in {FILE} but spec files exist under specs/. "
        out.append(Issue("ERROR", "file", f"{text_}Remove skip_specs or delete the delta spec files"))
    elif data.skip_specs:
        text_ = f"skip_specs is set in {FILE}: change declares no spec-level behavior changes, zero deltas accepted"
        out.append(Issue("INFO", "file", text_))
    elif not total and not strays:
        out.append(Issue("ERROR", "file", none))
    return out


def misnamed(name: str) -> str:
    """Why a change can't be called that, or ''."""
    rules = (
        (r"[a-z0-9]+(?:-[a-z0-9]+)*", ""),
        (r".*[A-Z].*", "Change name must be lowercase (use kebab-case)"),
        (f".*{S}.*", "Change name cannot contain spaces (use hyphens instead)"),
        (r".*_.*", "Change name cannot contain underscores (use hyphens instead)"),
        (r"-.*", "Change name cannot start with a hyphen"),
        (r".*-", "Change name cannot end with a hyphen"),
        (r".*--.*", "Change name cannot contain consecutive hyphens"),
        (r".*", "Change name can only contain lowercase letters, numbers, and hyphens"),
    )
    if not name:
        return "Missing required argument <name>"
    if length(name) > LONGEST:
        return f"Change name is too long ({LONGEST} characters max)"
    return next(message for pattern, message in rules if re.fullmatch(pattern, name, re.S))


LONGEST = 200
"""Characters that a change's name may have."""


def unusable(name: str) -> str:
    """Why there can be no change of that name on disk, or ''."""
    if "/" in name or "\\" in name:
        return "Change name cannot contain path separators"
    if name.startswith("."):
        return "Change name cannot start with a dot"
    if name == "archive":
        return "'archive' is reserved for archived changes"
    return ""


def misplaced(name: str, label: str) -> str:
    """Why a name can't be that of a folder, or ''."""
    if not name:
        return f"{label} must not be empty"
    if name in (".", ".."):
        return f"{label} must not be '{name}'"
    return f"{label} must not contain path separators" if "/" in name or "\\" in name else ""


def named(change: str, today: str) -> str:
    """What a change's folder is called in the archive: with the date in front, unless the change has one."""
    return change if _DATED.match(change) else f"{today}-{change}"


def retires(written: str) -> bool:
    """Whether the file says, in a plain line of its own, that capabilities may be retired; any other form does not."""
    return bool(_RETIRES.search(written.replace("\r\n", "\n")))
