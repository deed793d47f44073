"""What does not fit its shape, in words for the person who wrote it: a sentence a mistake, with what is expected."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel, ValidationError

MOST = 10
"""Mistakes that are told at once."""
MOST_SHOWN = 60
"""Characters of a value that are shown."""
_LIMITS = {
    "minimum": "of at least",
    "exclusiveMinimum": "above",
    "maximum": "of at most",
    "exclusiveMaximum": "below",
}
Place = tuple[str | int, ...]


def misfits(file: str, shape: type[BaseModel], error: ValidationError) -> str:
    """Every mistake in `file`, in the order of its keys; the first line is the whole of it where there is one alone."""
    whole = shape.model_json_schema()
    rows = sorted(error.errors(), key=lambda row: _order(row["loc"]))
    told = [_told(whole, row["loc"], row["type"], row["input"]) for row in rows]
    if len(told) == 1:
        return f"{file}: {told[0]}"
    more = [f"and {len(told) - MOST} more"] if len(told) > MOST else []
    return "\n".join([f"{file} has {len(told)} mistakes:", *told[:MOST], *more])


def _order(loc: Place) -> list[tuple[int, str]]:
    """Keys by their names, values of a list as they stand."""
    return [(part, "") if isinstance(part, int) else (-1, part) for part in loc]


def nearest(name: str, known: Iterable[str]) -> str:
    """The one of `known` that `name` was most likely meant for, or ''."""
    lowered = {each.casefold(): each for each in known}
    close = difflib.get_close_matches(name.casefold(), lowered, n=1, cutoff=0.6)
    return lowered[close[0]] if close else ""


def _told(whole: Mapping[str, Any], loc: Place, kind: str, given: Any) -> str:
    if kind == "extra_forbidden":
        return _unknown(whole, loc, given)
    name, expected = _name(whole, loc), _expected(whole, _at(whole, loc))
    if kind == "missing":
        return f"{name} is missing: it has to be {expected}"
    return f"{name} is {_shown(given)}, but has to be {expected}"


def _unknown(whole: Mapping[str, Any], loc: Place, given: Any) -> str:
    """A key that there is not: the one that was most likely meant, else all that there are."""
    *above, last = loc
    known = list(_at(whole, tuple(above)).get("properties", {}))
    near = nearest(str(last), known)
    table = isinstance(given, (dict, list)) and not above
    name = f"[{_key(str(last))}]" if table else _name(whole, loc)
    meant = [f"[{near}]" if table else _name(whole, (*above, near))] if near else _elsewhere(whole, str(last))
    if meant:
        return f"{name} is unknown; did you mean {_either(meant)}?"
    owner = "the file" if not above else f"[{_name(whole, tuple(above))}]" if len(above) == 1 else "it"
    return f"{name} is unknown; {owner} takes {', '.join(known)}"


def _elsewhere(whole: Mapping[str, Any], key: str) -> list[str]:
    """Where else a key of that very name is, as `table.key`."""
    tables = {name: _resolved(whole, each) for name, each in whole.get("properties", {}).items()}
    return [f"{name}.{key}" for name, each in tables.items() if key in each.get("properties", {})]


def _at(whole: Mapping[str, Any], loc: Place) -> Mapping[str, Any]:
    """The schema of what stands at `loc`; {} where nothing may."""
    here: Mapping[str, Any] = whole
    for part in loc:
        here = _resolved(whole, here)
        below = here.get("items") if isinstance(part, int) else here.get("properties", {}).get(part)
        here = below or here.get("additionalProperties") or {}
    return _resolved(whole, here)


def _resolved(whole: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """`schema`, or what it refers to; what it says itself goes first."""
    if "$ref" not in schema:
        return schema
    return {**whole["$defs"][schema["$ref"].rpartition("/")[2]], **schema}


def _name(whole: Mapping[str, Any], loc: Place) -> str:
    """`table.key` of a place; of several tables of a name it says which, counted from 1."""
    said, here = "", ""
    for depth, part in enumerate(loc):
        if not isinstance(part, int):
            here = f"{here}.{_key(part)}" if here else _key(part)
        elif _at(whole, loc[: depth + 1]).get("properties"):
            said, here = f" of [[{here}]] number {part + 1}", ""
        else:
            said, here = f"value {part + 1} of {here}{said}", ""
    return here + said if here else said.removeprefix(" of ")


def _key(part: str) -> str:
    return part if part.replace("-", "").replace("_", "").isalnum() else json.dumps(part, ensure_ascii=False)


def _expected(whole: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """What a schema takes, after `has to be`."""
    kind = schema.get("type")
    if "description" in schema and kind not in ("object", "array"):
        return str(schema["description"])
    if "enum" in schema:
        return _either([_shown(each) for each in schema["enum"]])
    if "const" in schema:
        return _shown(schema["const"])
    if kind in ("number", "integer"):
        return ("a number" if kind == "number" else "a whole number") + _limits(schema)
    if kind == "array":
        items = _resolved(whole, schema.get("items", {}))
        if items.get("type") == "string" and "enum" not in items:
            return 'a list of texts, ["...", "..."]'
        return f"a list of {_expected(whole, items).replace('a table', 'tables', 1)}"
    if kind == "object":
        return f"a table with {', '.join(schema['properties'])}" if schema.get("properties") else "a table"
    if schema.get("format") == "date":
        return "a date, such as 2027-03-31"
    least = schema.get("minLength", 0)
    texts = f"text of at least {least} characters" if least else 'text in quotation marks, "..."'
    return {"boolean": "true or false", "string": texts}.get(str(kind), "something else")


def _limits(schema: Mapping[str, Any]) -> str:
    words = {
        "minimum": "of at least",
        "exclusiveMinimum": "above",
        "maximum": "of at most",
        "exclusiveMaximum": "below",
    }
    said = [f"{word} {schema[key]:g}" for key, word in words.items() if key in schema]
    return f" {' and '.join(said)}" if said else ""


def _either(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else names[0]


def _shown(given: Any) -> str:
    """A value as TOML has it, as far as a line has room."""
    if isinstance(given, dict):
        return "a table"
    if isinstance(given, list) and any(isinstance(each, dict) for each in given):
        return "a list of tables"
    if isinstance(given, date):
        return given.isoformat()
    text = json.dumps(given, ensure_ascii=False, default=str)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"
