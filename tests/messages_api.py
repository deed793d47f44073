"""The rules of the Messages API that the scripted endpoint keeps: what it refuses, what it costs, what it sends."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

FIELDS = frozenset(
    {"model", "max_tokens", "messages", "cache_control", "container", "diagnostics", "inference_geo", "metadata"}
    | {
        "output_config",
        "service_tier",
        "speed",
        "stop_sequences",
        "stream",
        "system",
        "thinking",
        "tool_choice",
        "tools",
    }
)
LEAST_CACHED, LOOKBACK, PIECE = 1024, 20, 120
Blocks = list[dict[str, Any]]
_DECODER = json.JSONDecoder()
_GAP = re.compile(r"[\s,]*")
_BOUND = "The block is bound to a different conversation."


class Refusal(Exception):
    """A request that the real endpoint answers with an error."""

    def __init__(self, message: str, status: int = 400, kind: str = "invalid_request_error") -> None:
        super().__init__(message)
        self.status, self.kind = status, kind


# ---------------------------------------------------------------- what is refused


def check(request: dict[str, Any]) -> None:
    """Raise Refusal for what does not depend on earlier requests."""
    for name in request:
        if name not in FIELDS:
            raise Refusal(f"{name}: Extra inputs are not permitted")
    for name in ("model", "max_tokens", "messages"):
        if not request.get(name):
            raise Refusal(f"{name}: Field required")
    if (request.get("tool_choice") or {}).get("type") in ("any", "tool"):
        raise Refusal("tool_choice: forcing a tool is not supported by this model")
    _check_markers(request)
    _check_messages(request["messages"])


def _check_markers(request: dict[str, Any]) -> None:
    marks = [block["cache_control"] for _, block in _blocks(request) if block.get("cache_control")]
    marks += [request["cache_control"]] if request.get("cache_control") else []
    if len(marks) > 4:
        raise Refusal(f"A maximum of 4 blocks with cache_control may be provided. Found {len(marks)}.")
    lives = [mark.get("ttl", "5m") for mark in marks]
    if any(early == "5m" and late == "1h" for early, late in pairwise(lives)):
        raise Refusal("a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block")


def _check_messages(messages: list[dict[str, Any]]) -> None:
    if messages[0]["role"] != "user":
        raise Refusal("messages: first message must use the user role")
    if messages[-1]["role"] == "assistant":
        raise Refusal("This model does not support assistant message prefill.")
    calls: list[str] = []
    for n, message in enumerate(messages):
        blocks = _parts(message["content"])
        if not blocks or any(b["type"] == "text" and not b["text"].strip() for b in blocks):
            raise Refusal(f"messages.{n}: text content blocks must be non-empty")
        _check_results(n, blocks, calls)
        calls = [b["id"] for b in blocks if b["type"] == "tool_use"] if message["role"] == "assistant" else []


def _check_results(n: int, blocks: Blocks, calls: list[str]) -> None:
    """The calls of the message before must be answered here, ahead of anything else."""
    results = [b["tool_use_id"] for b in blocks if b["type"] == "tool_result"]
    if any(b["type"] != "tool_result" for b in blocks[: len(results)]):
        raise Refusal(f"messages.{n}: `tool_result` blocks must come first in the content")
    for missing in set(calls) - set(results):
        raise Refusal(f"messages.{n}: `tool_use` ids were found without `tool_result` blocks after: {missing}")
    for stray in set(results) - set(calls):
        raise Refusal(f"messages.{n}: unexpected `tool_use_id` found in `tool_result` blocks: {stray}")


def raw_messages(body: str) -> list[bytes]:
    """The bytes of each message as they were sent: a changed byte is a changed history."""
    at, found = re.search(r'"messages"\s*:\s*\[', body), list[bytes]()
    # The name can occur in a text before the field does, but a quote in a text is escaped.
    position = at.end() if at else len(body)
    while position < len(body):
        position = _GAP.match(body, position).end()  # type: ignore[union-attr]
        if body[position : position + 1] in ("]", ""):
            break
        _, end = _DECODER.raw_decode(body, position)
        found.append(body[position:end].encode())
        position = end
    return found


class Memory:
    """What was said in each conversation: the same system and first message. Histories may only grow."""

    def __init__(self) -> None:
        self._sent: dict[bytes, list[bytes]] = {}
        self._answers: dict[bytes, Blocks] = {}

    def verify(self, request: dict[str, Any], raw: list[bytes]) -> None:
        """Raise Refusal if the messages up to the last answer are not those of the requests before."""
        key = self._key(request, raw)
        last = max((n for n, m in enumerate(request["messages"]) if m["role"] == "assistant"), default=-1)
        sent = self._sent.get(key, [])
        for n, message in enumerate(raw[: min(last + 1, len(sent))]):
            if message != sent[n]:
                raise Refusal(f"messages.{n}.content.0: Invalid `signature` in `thinking` block. {_BOUND}")
        if sent and last == len(sent) and request["messages"][last]["content"] != self._answers.get(key):
            raise Refusal(f"messages.{last}.content.0: Invalid `signature` in `thinking` block. {_BOUND}")
        seal = hashlib.sha256(_system(request))
        for n, message in enumerate(request["messages"]):
            for k, block in enumerate(_parts(message["content"])):
                if block["type"] == "thinking" and block.get("signature") != seal.hexdigest():
                    raise Refusal(f"messages.{n}.content.{k}: Invalid `signature` in `thinking` block. {_BOUND}")
            seal.update(raw[n])

    def sign(self, request: dict[str, Any], raw: list[bytes], content: Blocks) -> None:
        """Bind the thinking blocks of an answer to all that came before, and remember both."""
        seal = hashlib.sha256(_system(request) + b"".join(raw)).hexdigest()
        for block in content:
            if block["type"] == "thinking":
                block["signature"] = seal
        self._sent[self._key(request, raw)] = raw
        self._answers[self._key(request, raw)] = content

    def _key(self, request: dict[str, Any], raw: list[bytes]) -> bytes:
        return hashlib.sha256(_system(request) + raw[0]).digest()


def _system(request: dict[str, Any]) -> bytes:
    return json.dumps([request.get("system"), request.get("tools")]).encode()


def _parts(content: Any) -> Blocks:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _blocks(request: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(role, block) of the whole prompt, in cache order."""
    yield from (("tool", tool) for tool in request.get("tools") or [])
    yield from (("system", block) for block in _parts(request.get("system") or []))
    for message in request["messages"]:
        yield from ((message["role"], block) for block in _parts(message["content"]))


# ---------------------------------------------------------------- what it costs


class Cache:
    """The prompt cache: prefixes by digest. Tokens are a quarter of the characters."""

    def __init__(self) -> None:
        self._known: set[bytes] = set()

    def usage(self, request: dict[str, Any]) -> dict[str, Any]:
        """The usage of one request's prompt; writes what its markers ask to write."""
        points, marks, total = list[tuple[bytes, int]](), dict[int, str](), 0
        prefix = hashlib.sha256(request["model"].encode())
        for n, (role, block) in enumerate(_blocks(request)):
            text = json.dumps({k: v for k, v in block.items() if k != "cache_control"})
            prefix.update(role.encode() + text.encode())
            total += len(text) // 4
            points.append((prefix.digest(), total))
            if mark := block.get("cache_control"):
                marks[n] = mark.get("ttl", "5m")
        if mark := request.get("cache_control"):
            marks[len(points) - 1] = mark.get("ttl", "5m")
        near = {k for n in marks for k in range(max(0, n - LOOKBACK), n + 1)}
        read = max((points[k][1] for k in near if points[k][0] in self._known), default=0)
        kept = [(points[n], life) for n, life in marks.items() if points[n][1] >= LEAST_CACHED]
        self._known.update(digest for (digest, _), _ in kept)
        write = max([size - read for (_, size), _ in kept] + [0])
        hour = max([size - read for (_, size), life in kept if life == "1h"] + [0])
        return {
            "input_tokens": total - read - write,
            "cache_read_input_tokens": read,
            "cache_creation_input_tokens": write,
            "cache_creation": {"ephemeral_5m_input_tokens": write - hour, "ephemeral_1h_input_tokens": hour},
        }


# ---------------------------------------------------------------- what is sent


def opening(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The events from the start of `message` to the end of its last block."""
    usage = {**message["usage"], "output_tokens": 1}
    yield {"type": "message_start", "message": {**message, "content": [], "stop_reason": None, "usage": usage}}
    yield {"type": "ping"}
    for index, block in enumerate(message["content"]):
        empty, deltas = _split(block)
        yield {"type": "content_block_start", "index": index, "content_block": empty}
        yield from ({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas)
        yield {"type": "content_block_stop", "index": index}


def closing(message: dict[str, Any], delta: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The events that end `message`."""
    ends = {"stop_reason": message["stop_reason"], "stop_sequence": None, **delta}
    yield {"type": "message_delta", "delta": ends, "usage": {"output_tokens": message["usage"]["output_tokens"]}}
    yield {"type": "message_stop"}


def _split(block: dict[str, Any]) -> tuple[dict[str, Any], Blocks]:
    """A block as it begins, and the deltas that fill it. Blocks of unknown types come whole."""
    if block["type"] in ("tool_use", "server_tool_use"):
        text = block["input"] if isinstance(block["input"], str) else json.dumps(block["input"])
        return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": p} for p in _pieces(text)]
    if block["type"] == "text":
        cited = [{"type": "citations_delta", "citation": c} for c in block.get("citations", [])]
        begun = {**block, "text": "", **({"citations": None} if cited else {})}
        return begun, [{"type": "text_delta", "text": p} for p in _pieces(block["text"])] + cited
    if block["type"] == "thinking":
        deltas = [{"type": "thinking_delta", "thinking": p} for p in _pieces(block["thinking"])]
        signed = {"type": "signature_delta", "signature": block["signature"]}
        return {**block, "thinking": "", "signature": ""}, [*deltas, signed]
    return block, []


def _pieces(text: str) -> list[str]:
    return [text[k : k + PIECE] for k in range(0, len(text), PIECE)]
