"""A stream of server-sent events, put together to the message that it is about. Plain JSON values throughout."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from harness.llm.retry import Failed, Failure

_APPENDED = {"text_delta": "text", "thinking_delta": "thinking"}
_USABLE = frozenset({"tool_use", "end_turn", "pause_turn", "stop_sequence"})
"""Reasons after which a tool's input must be whole; after others, such as max_tokens, it may rightly be cut."""
DEEPEST = 100
"""Levels of JSON within one another. A journal can't read back much more, whatever the interpreter's own limit is."""
_SENSELESS = (KeyError, TypeError, ValueError, AttributeError, RecursionError)
_NOT_THE_API = Failure("garbled", "the answer is not what the Messages API sends")


def events(chunks: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """The events' data, decoded; Failed if one is not a JSON object. An event without its end is left out."""
    rest, data = b"", list[bytes]()
    for chunk in chunks:
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        for line in lines:
            if line.startswith(b"data:"):
                data.append(line[5:])
            elif data and line in (b"", b"\r"):
                yield _object(b"\n".join(data))
                data.clear()


class Assembly:
    """A message while it arrives. Blocks and fields of unknown kinds are kept as they come."""

    def __init__(self) -> None:
        self.complete = False
        """Whether the endpoint said that nothing more comes."""
        self.doing = "waiting for the answer"
        """What a person reads while the message arrives."""
        self.size = 0
        """Characters of content so far."""
        self._message: dict[str, Any] = {}
        self._parts: dict[tuple[int, str], list[str]] = {}
        self._blocks: dict[int, dict[str, Any]] = {}

    @property
    def usage(self) -> dict[str, Any]:
        """The usage that was reported so far; empty if none was."""
        return dict(self._message.get("usage") or {})

    def feed(self, event: dict[str, Any]) -> None:
        """Take one event; Failed if it is an error or makes no sense."""
        try:
            self._take(event)
        except _SENSELESS:
            raise Failed(_NOT_THE_API, self.usage) from None

    def _take(self, event: dict[str, Any]) -> None:
        kind = event.get("type")
        if kind == "content_block_delta":
            self._delta(event["index"], event["delta"])
        elif kind == "content_block_start":
            block = self._blocks[int(event["index"])] = dict(event["content_block"])
            self.doing = {"thinking": "thinking", "text": "writing"}.get(block["type"], f"calling {block.get('name')}")
        elif kind == "message_start":
            message = dict(event["message"])
            self._message = {**message, "usage": dict(message.get("usage") or {})}
        elif kind == "message_delta":
            self._close(event)
        elif kind == "message_stop":
            self.complete = True
        elif kind == "error":
            raise Failed(_error(event), self.usage)

    def message(self) -> dict[str, Any]:
        """The final message; Failed if it did not arrive whole."""
        reason = self._message.get("stop_reason")
        if not reason:
            raise Failed(Failure("cut", "the answer ended before it was whole"), self.usage)
        try:
            message = self._joined(reason)
            # What can't be encoded can neither be kept in the journal nor be sent back: NaN, half a surrogate pair.
            json.dumps(message, ensure_ascii=False, allow_nan=False).encode()
            if _deep(message):
                raise ValueError("nested too deeply")
        except _SENSELESS:
            raise Failed(_NOT_THE_API, self.usage) from None
        return message

    def _joined(self, reason: str) -> dict[str, Any]:
        for (index, field), parts in self._parts.items():
            block = self._blocks[index]
            if field == "input":
                block["input"] = self._input("".join(parts), block.get("input"), whole=reason in _USABLE)
            else:
                block[field] = (block.get(field) or "") + "".join(parts)
        self._parts.clear()
        content = [self._blocks[index] for index in sorted(self._blocks)]
        return {**self._message, "content": content or self._message.get("content") or []}

    def _delta(self, index: int, delta: dict[str, Any]) -> None:
        block, kind = self._blocks[index], delta["type"]
        if kind in _APPENDED:
            self._append(index, _APPENDED[kind], delta[_APPENDED[kind]])
        elif kind == "input_json_delta":
            self._append(index, "input", delta["partial_json"])
        elif kind == "citations_delta":
            block["citations"] = [*(block.get("citations") or []), delta["citation"]]
        else:
            block.update({name: value for name, value in delta.items() if name != "type"})

    def _append(self, index: int, field: str, text: str) -> None:
        self.size += len(text)
        self._parts.setdefault((index, field), []).append(text)

    def _close(self, event: dict[str, Any]) -> None:
        """Take the counts and the reason to stop. Counts are totals; those left out keep their first value."""
        self._message["usage"].update(
            {name: count for name, count in (event.get("usage") or {}).items() if count is not None}
        )
        news = {name: value for name, value in event.items() if name not in ("type", "usage", "delta")}
        for name, value in {**news, **event["delta"]}.items():
            if value is not None or name not in self._message:
                self._message[name] = value

    def _input(self, text: str, first: Any, *, whole: bool) -> Any:
        """A tool's input, from the pieces of its JSON; {} if it was cut for a reason that asking again won't change."""
        try:
            value = json.loads(text) if text.strip() else first
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict):
            return value
        if whole:
            raise Failed(Failure("garbled", "the input of a tool call is not a JSON object"), self.usage)
        return {}


def _object(data: bytes) -> dict[str, Any]:
    try:
        event = json.loads(data)
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, dict) or _deep(event):
        raise Failed(Failure("garbled", "the answer is not JSON where it should be"))
    return event


def _deep(value: Any) -> bool:
    """Whether lists and objects lie within one another more than 100 deep; not recursive."""
    level, depth = [value], 0
    while level:
        level = [inner for outer in level for inner in _within(outer)]
        depth += bool(level)
        if depth > DEEPEST:
            return True
    return False


def _within(value: Any) -> Iterable[Any]:
    """The lists and objects directly in one."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [each for each in inner if isinstance(each, dict | list)]


def _error(event: dict[str, Any]) -> Failure:
    """The failure that an error event tells of."""
    error = event.get("error")
    error = error if isinstance(error, dict) else {}
    details = error.get("details")
    code = details.get("error_code") if isinstance(details, dict) else ""
    kind = str(error.get("type") or "error")
    return Failure("event", f"{kind}: {error.get('message') or ''}", kind=kind, code=str(code or ""))
