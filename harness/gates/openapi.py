"""Judges an OpenAPI document and values against it, in a process of its own.

A pattern of the document under test may take exponential time and its schemas may recurse, so none of this runs in the
harness itself: `judge.py` starts this module, writes one JSON object to it and reads one back.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from jsonschema_path.paths import SchemaPath
from openapi_schema_validator import (
    OAS30ReadValidator,
    OAS30WriteValidator,
    OAS31Validator,
    oas30_format_checker,
    oas31_format_checker,
)
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

MEMORY = 2 << 30
"""Bytes that the process may take."""
MOST = 200
"""Errors of one document, and of one value a tenth of it."""
_URN = "urn:document"


def invalid(document: dict[str, Any], version: str) -> list[dict[str, Any]]:
    """What openapi-spec-validator finds: [{at: [tokens], text}]."""
    kind = OpenAPIV31SpecValidator if version == "3.1" else OpenAPIV30SpecValidator
    # Without handlers a reference can't make the validator open a file or a URL.
    path: Any = SchemaPath.from_dict(document, handlers={})
    out: list[dict[str, Any]] = []
    try:
        for error in kind(path).iter_errors():
            out.append({"at": [str(token) for token in error.absolute_path], "text": error.message[:600]})
            if len(out) >= MOST:
                break
    except RecursionError:
        out.append({"at": [], "text": "the document's schemas are nested too deeply"})
    except Exception as error:  # a reference that leads nowhere surfaces as whatever the library's resolver raises
        out.append({"at": [], "text": f"the document can't be resolved: {type(error).__name__}: {str(error)[:300]}"})
    return out


def mismatches(
    document: dict[str, Any], version: str, checks: list[dict[str, Any]]
) -> Iterator[tuple[list[str], bool]]:
    """For each {schema: '/pointer', value, write: bool}, why the value does not match the schema, and whether it
    would not even without its null and empty values."""
    registries: dict[bool, Any] = {
        write: Registry().with_resource(_URN, DRAFT202012.create_resource(_sided(document, version, write)))
        for write in {bool(check["write"]) for check in checks}
    }
    for check in checks:
        registry = registries[bool(check["write"])]
        if version == "3.1":
            kind, formats = OAS31Validator, oas31_format_checker
        else:
            kind, formats = OAS30WriteValidator if check["write"] else OAS30ReadValidator, oas30_format_checker
        schema = {"$ref": f"{_URN}#{check['schema']}"}
        found: list[str] = []
        beyond = False
        try:
            for error in kind(schema, registry=registry, format_checker=formats).iter_errors(check["value"]):
                if check["write"] and error.validator == "readOnly":
                    continue
                found.append(f"{error.json_path}: {error.message[:300]}")
                beyond = beyond or _beyond(error)
                if len(found) >= MOST // 10:
                    break
        except RecursionError:
            found.append("the schema refers to itself without end")
        except Exception as error:  # as above: the resolver's errors have no common base
            found.append(f"the schema can't be used: {type(error).__name__}: {str(error)[:300]}")
        yield found, beyond


def _beyond(error: Any) -> bool:
    """Whether an error is about more than a null or an empty value; of alternatives, whether each one is."""
    if error.context:
        branches: dict[Any, bool] = {}
        for inner in error.context:
            branch = inner.schema_path[0] if inner.schema_path else None
            branches[branch] = branches.get(branch, False) or _beyond(inner)
        return all(branches.values())
    return error.instance is not None and error.instance not in ("", [], {})


def _sided(document: dict[str, Any], version: str, write: bool) -> Any:
    """The document without the `required` that counts for the other direction, which 3.1's validator does not know."""
    return _half(document, "readOnly" if write else "writeOnly") if version == "3.1" else document


def _half(node: Any, mark: str) -> Any:
    if isinstance(node, list):
        return [_half(item, mark) for item in node]
    if not isinstance(node, dict):
        return node
    out = {key: _half(item, mark) for key, item in node.items()}
    properties, required = node.get("properties"), node.get("required")
    if isinstance(properties, dict) and isinstance(required, list):
        free = {name for name, row in properties.items() if isinstance(row, dict) and row.get(mark) is True}
        out["required"] = [name for name in required if not (isinstance(name, str) and name in free)]
    return out


def main() -> None:
    """Reads {document, version, validate, checks, cpu} from standard input; writes {invalid, mismatches, beyond}."""
    task = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_CPU, (task["cpu"], task["cpu"] + 1))
    with suppress(ValueError, OSError):  # some systems know no such limit
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    found = invalid(task["document"], task["version"]) if task["validate"] else []
    # Examples are judged only where the document itself holds: a broken one gives misleading follow-up errors.
    rest = [] if found else list(mismatches(task["document"], task["version"], task["checks"]))
    json.dump(
        {"invalid": found, "mismatches": [texts for texts, _ in rest], "beyond": [more for _, more in rest]},
        sys.stdout,
    )


if __name__ == "__main__":
    main()
