"""What an OpenAPI document must say of every operation, beyond being valid."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.domain.gate import Finding
from harness.gates.bundle import Api, follow
from harness.gates.illustration import Illustration, binary
from harness.gates.judge import Check
from harness.gates.operation import Operation, operations
from harness.gates.result import finding
from harness.gates.vague import every, kinds, untyped, vague

_PLACEHOLDER = re.compile(
    r"\W*(?:todo|tbd|fixme|xxx|tba|lorem ipsum|string|description|summary|n/?a|none|\.{3})?\W*", re.I
)
_TODO = re.compile(r"\b(?:TODO|TBD|FIXME|XXX)\b|lorem ipsum", re.I)
_STRING = ("pattern", "format", "minLength", "maxLength", "enum", "const", "contentEncoding", "contentMediaType")
_NUMBER = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "format", "enum", "const")
_ARRAY = ("minItems", "maxItems", "uniqueItems", "contains", "prefixItems")
_LEAST = ("minLength", "minItems", "uniqueItems")
_OPTIONAL = ("required", "minProperties", "x-all-optional")
_PARTS = ("allOf", "anyOf", "oneOf")
_BODILESS = ("204", "205", "304", "401", "407")
"""Statuses without a body, and those whose answer stands in a header."""
_PLACED = ("201", "202")
"""Statuses whose answer may be a `Location` alone."""
_DEEPEST = 8
MOST = 2000
"""Findings and examples of one document."""
At = tuple[str, ...]


def blank(text: Any) -> bool:
    """Whether `text` says nothing: missing, empty, without a letter, or a placeholder."""
    if not isinstance(text, str) or not any(letter.isalpha() for letter in text[:20000]):
        return True
    return bool(_PLACEHOLDER.fullmatch(text[:200])) or bool(_TODO.search(text[:20000]))


@dataclass(slots=True)
class Review:
    """A walk over one document: findings, and the examples that are still to be judged against their schemas."""

    api: Api
    findings: list[Finding] = field(default_factory=list)
    examples: list[tuple[Check, str, At]] = field(default_factory=list)
    """(check, operation, where the example stands)."""
    _parts: dict[bool, Illustration] = field(default_factory=dict)
    """write -> the examples that stand on parts of schemas."""

    def run(self) -> None:
        """Look at every operation."""
        count = 0
        for operation in operations(self.api):
            count += 1
            try:
                self._operation(operation)
            except RecursionError:
                self.say("spec-rules", operation.at, f"{operation.name}: its schemas refer to one another too deeply")
        if not count:
            self.say("spec-empty", ("paths",), "the document has no operation")

    def say(self, rule: str, at: At, text: str) -> None:
        """Add a finding with the place of `at`."""
        if len(self.findings) < MOST:
            self.findings.append(finding(rule, text, *self.api.at(at)))

    def look(self, node: Any, at: At) -> tuple[Mapping[str, Any], At]:
        """What `node` refers to as a mapping ({} if it is none), and where."""
        value, place = follow(self.api.value, node, at)
        return (value if isinstance(value, Mapping) else {}), place

    def _operation(self, op: Operation) -> None:
        for key in ("summary", "description"):
            if blank(op.value.get(key)):
                self.say(f"spec-{key}", op.at, f"{op.name} has no {key}, or a placeholder")
        secured = self._security(op)
        takes = self._input(op) | self._body(op)
        responses = op.responses()
        self._errors(op, set(responses), secured=secured, takes=takes)
        for status, raw in responses.items():
            response, at = self.look(raw, (*op.at, "responses", status))
            if blank(response.get("description")):
                self.say("spec-response", at, f"{op.name} {status}: the response has no description")
            if not _bodiless(op, status, response):
                self._content(op, f"response {status}", response.get("content"), at, write=False)

    def _security(self, op: Operation) -> bool:
        rows = op.value.get("security", self.api.value.get("security"))
        if not isinstance(rows, list):
            text = f"{op.name} does not say how callers authenticate; write `security: []` if it is public"
            self.say("spec-security", op.at, text)
            return False
        components, _ = self.look(self.api.value.get("components"), ("components",))
        schemes, _ = self.look(components.get("securitySchemes"), ("components", "securitySchemes"))
        for row in rows:
            for name in row if isinstance(row, Mapping) else ():
                if name not in schemes:
                    self.say(
                        "spec-security", op.at, f"{op.name} uses the security scheme {name!r}, which is not defined"
                    )
        return any(rows) and all(rows)

    def _body(self, op: Operation) -> bool:
        raw = op.value.get("requestBody")
        if raw is None:
            if self._bodied(op) and op.value.get("x-no-body") is not True:
                text = f"{op.name} has no requestBody; write `x-no-body: true` if it takes none"
                self.say("spec-request", op.at, text)
            return False
        body, at = self.look(raw, (*op.at, "requestBody"))
        self._content(op, "request body", body.get("content"), at, write=True)
        return True

    def _bodied(self, op: Operation) -> bool:
        """Whether an operation without a body reads as if it had one: it changes or creates something, or refuses
        input that it does not take. What starts, stops or marks something needs none."""
        known = op.responses().keys()
        if op.method not in ("POST", "PUT"):
            return op.method == "PATCH"
        return "201" in known or (not self.parameters(op) and bool({"400", "415", "422"} & known))

    def _input(self, op: Operation) -> bool:
        """Whether the operation has a parameter beyond its path that can be wrong."""
        wrong = False
        for row, at in self.parameters(op):
            schema, _ = self.look(row.get("schema"), (*at, "schema"))
            if "schema" in row and untyped(schema):
                self.say("spec-schema", at, f"{op.name}: the schema of the parameter {row.get('name')!r} says nothing")
            if row.get("in") in ("query", "header", "cookie"):
                wrong = wrong or row.get("required") is True or _ruled(schema)
        return wrong

    def parameters(self, op: Operation) -> list[tuple[Mapping[str, Any], At]]:
        """(parameter, where it stands) of the operation, those of its path item included."""
        out = []
        for source, at in ((op.item, op.at[:-1]), (op.value, op.at)):
            rows = source.get("parameters")
            for i, raw in enumerate(rows if isinstance(rows, list) else ()):
                out.append(self.look(raw, (*at, "parameters", str(i))))
        return out

    def _errors(self, op: Operation, statuses: set[str], *, secured: bool, takes: bool) -> None:
        known = {status.upper() for status in statuses}
        if not any(status[:1] in "23" for status in known):
            self.say("spec-success", op.at, f"{op.name} documents no success response")
        if known & {"4XX", "DEFAULT"}:
            return
        # A path that names nothing may be refused as wrong input; what is put there may be new.
        absent = {"404", "410"} | (set() if takes else {"400", "422"})
        named = "{" in op.path and not (op.method == "PUT" and "requestBody" in op.value)
        needs = [
            (takes, {"400", "422"}, "400 or 422, although it takes input"),
            (secured, {"401", "403"}, "401, although callers must authenticate"),
            (named, absent, "404, although its path has a parameter"),
        ]
        for applies, wanted, text in needs:
            if applies and not known & wanted:
                self.say("spec-errors", op.at, f"{op.name} documents no {text}")

    def _content(self, op: Operation, what: str, content: Any, at: At, *, write: bool) -> None:
        if not isinstance(content, Mapping) or not content:
            self.say("spec-schema", at, f"{op.name}: the {what} has no content with a schema")
            return
        for kind, raw in content.items():
            media, place = self.look(raw, (*at, "content", kind))
            schema, _ = self.look(media.get("schema"), (*place, "schema"))
            if binary(kind, schema):
                continue
            if not schema:
                self.say("spec-schema", place, f"{op.name}: the {what} as {kind} has no schema, or an empty one")
                continue
            count = len(self.findings)
            if write:
                self.rules(op, schema, (*place, "schema"), set())
            if len(self.findings) == count and vague(self.api, media.get("schema"), (*place, "schema")):
                text = "has a schema that says nothing: write its properties, or additionalProperties with a schema"
                self.say("spec-schema", place, f"{op.name}: the {what} as {kind} {text}")
            if not self._examples(op, media, (*place, "schema"), place, write=write):
                self.say("spec-example", place, f"{op.name}: the {what} as {kind} has no example")

    def _examples(self, op: Operation, media: Mapping[str, Any], schema: At, at: At, *, write: bool) -> bool:
        found: list[tuple[Any, At]] = []
        if "example" in media:
            found.append((media["example"], (*at, "example")))
        named = media.get("examples")
        for name, raw in named.items() if isinstance(named, Mapping) else ():
            example, place = self.look(raw, (*at, "examples", name))
            if "value" in example:
                found.append((example["value"], place))
        target, place = self.look(media.get("schema"), schema)
        if "example" in target:
            found.append((target["example"], (*place, "example")))
        rows = target.get("examples")
        found += [(row, (*place, "examples", str(i))) for i, row in enumerate(rows if isinstance(rows, list) else ())]
        if not found:
            return self._illustrated(op, media.get("schema"), schema, write=write)
        room = MOST - len(self.examples)
        self.examples += [(Check(schema, value, write), op.name, where) for value, where in found[: max(0, room)]]
        return True

    def _illustrated(self, op: Operation, schema: Any, at: At, *, write: bool) -> bool:
        """Whether the examples of the schema's parts make one of the whole; each is judged once."""
        parts = self._parts.setdefault(write, Illustration(self.api, write))
        known = set(parts.found)
        if parts.of(schema, at) is not True:
            return False
        new = [
            (Check(of, value, write), op.name, where)
            for where, (of, value) in parts.found.items()
            if where not in known
        ]
        self.examples += new[: max(0, MOST - len(self.examples))]
        return True

    def rules(self, op: Operation, node: Any, at: At, seen: set[At], *, part: bool = False) -> None:
        """Look at a request schema and what is below it: each value must be bounded in some way. Of a `part` of another
        schema, that one says the rest."""
        schema, at = self.look(node, at)
        if at in seen or len(seen) > MOST:
            return
        seen.add(at)
        if not schema:
            self.say("spec-rules", at, f"{op.name}: {_where(at)} accepts anything")
            return
        # A change names what it changes: nothing of it is required.
        told = part or op.method == "PATCH" or self._requires(schema)
        for key, i, row in _parts(schema):
            self.rules(op, row, (*at, key, str(i)), seen, part=told)
        if not {"enum", "const"} & schema.keys():
            self._bounded(op, schema, at, seen, part=part, told=told)

    def _requires(self, schema: Mapping[str, Any], depth: int = _DEEPEST) -> bool:
        """Whether it says which of its properties may be left out, itself or in a part."""
        if any(key in schema for key in _OPTIONAL):
            return True
        rows = [self.look(row, ())[0] for _, _, row in _parts(schema)] if depth else []
        return any(self._requires(row, depth - 1) for row in rows)

    def _bounded(
        self, op: Operation, schema: Mapping[str, Any], at: At, seen: set[At], *, part: bool, told: bool
    ) -> None:
        named = kinds(schema) or ({"object"} if "properties" in schema else set())
        where = f"{op.name}: {_where(at)}"
        composed = any(key in schema for key in _PARTS)
        rules = {key for key in _STRING if _rules(schema, key)}
        if not named and not composed and not part and not rules:
            self.say("spec-rules", at, f"{where} has no type")
        if "string" in named and not rules and not composed:
            self.say("spec-rules", at, f"{where} is a string without maxLength, pattern, format or enum")
        if {"integer", "number"} & named and not composed and not any(key in schema for key in _NUMBER):
            self.say("spec-rules", at, f"{where} is a number without minimum, maximum or enum")
        if "array" in named:
            if not any(_rules(schema, key) for key in _ARRAY):
                self.say("spec-rules", at, f"{where} is an array without maxItems")
            if "prefixItems" not in schema:
                self.rules(op, schema.get("items"), (*at, "items"), seen)
        if "object" in named:
            self._object(op, schema, at, seen, told=told)

    def _object(self, op: Operation, schema: Mapping[str, Any], at: At, seen: set[At], *, told: bool) -> None:
        properties = schema.get("properties")
        where = f"{op.name}: {_where(at)}"
        if not isinstance(properties, Mapping):
            if not {"additionalProperties", "patternProperties", *_PARTS} & schema.keys():
                self.say("spec-rules", at, f"{where} is an object without properties")
            return
        if not told and not all(isinstance(row, Mapping) and "default" in row for row in properties.values()):
            text = "does not say which properties are required; write `x-all-optional: true` if none is"
            self.say("spec-rules", at, f"{where} {text}")
        for name, row in properties.items():
            self.rules(op, row, (*at, "properties", name), seen)


def _parts(schema: Mapping[str, Any]) -> list[tuple[str, int, Any]]:
    """(key, number, schema) of all that the schema is put together from."""
    rows = [(key, schema.get(key)) for key in _PARTS]
    return [(key, i, row) for key, found in rows if isinstance(found, list) for i, row in enumerate(found)]


def _rules(schema: Mapping[str, Any], key: str) -> bool:
    """Whether a keyword rules anything out: a length of 0, or a pattern that matches everything, does not."""
    if key in _LEAST:
        return bool(schema.get(key))
    return key in schema and not (key == "pattern" and every(schema[key]))


def _ruled(schema: Mapping[str, Any]) -> bool:
    """Whether a value that is sent as text can be wrong: any text is a string."""
    named = kinds(schema)
    if "array" in named:
        items = schema.get("items")
        return isinstance(items, Mapping) and ("$ref" in items or _ruled(items) or any(k in schema for k in _ARRAY))
    return bool(named - {"string", "null"}) or any(key in schema for key in (*_STRING, *_PARTS))


def _bodiless(op: Operation, status: str, response: Mapping[str, Any]) -> bool:
    """Whether an answer rightly has no body: the gates on traffic then refuse one."""
    content = response.get("content")
    # What is read is in the body.
    empty = isinstance(content, Mapping) and not content and not (op.method == "GET" and status[:1] == "2")
    if op.method == "HEAD" or status[:1] in "13" or empty:
        return True
    headers = response.get("headers")
    placed = isinstance(headers, Mapping) and any(name.lower() == "location" for name in headers)
    return "content" not in response and (status in _BODILESS or (status in _PLACED and placed))


def _where(at: At) -> str:
    """The end of a pointer, as a reader names it."""
    short = [token for token in at[-6:] if token not in ("properties", "content", "schema", "requestBody")]
    return "/".join(short[-3:])
