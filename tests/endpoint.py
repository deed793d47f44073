"""A Messages API on 127.0.0.1 whose answers come from a script. It refuses what the real one refuses.

As a process of its own, for benchmarks: `python -m tests.endpoint --turns 200` prints its address, answers every
request with a tool call until the last turn, and tells on /stats how many requests came and what they used.
"""

from __future__ import annotations

import argparse
import json
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, cast

from tests.messages_api import Blocks, Cache, Memory, Refusal, check, closing, opening, raw_messages


@dataclass(frozen=True)
class Trouble:
    """An answer that goes wrong. `before` is what arrives of an answer until it does."""

    how: Literal["status", "reset", "drop", "stall", "pings", "cut", "garbled", "event", "html", "linger", "chatter"]
    status: int = 0
    kind: str = "api_error"
    message: str = "scripted trouble"
    code: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 30.0
    """How long a stall, the pings, or a stream that does not end after its message last."""
    before: tuple[dict[str, Any], ...] = ({"type": "text", "text": "half an answer"},)


Reply = Blocks | dict[str, Any] | Trouble
"""Blocks, or a message's fields (`content`, `stop_reason`, `usage`, `delta`, …), or trouble."""
Script = Callable[[dict[str, Any], int], Reply]


class Endpoint:
    """The endpoint, served from a thread while the context lasts. `script` is asked for every accepted request."""

    def __init__(self, script: Script, *, port: int = 0, key: str = "") -> None:
        self.requests: list[dict[str, Any]] = []
        """Every request that was not refused, faulted ones included."""
        self.bodies: list[bytes] = []
        self.refused: list[str] = []
        self.used: dict[str, int] = {}
        self.connections = 0
        self.left = threading.Event()
        """Set when a client left in mid-stream."""
        self.errors: list[BaseException] = []
        """What went wrong here, such as an error in the script; raised when the context ends."""
        self.key = key
        """The key that is accepted; empty accepts any."""
        self._script, self._lock = script, threading.Lock()
        self._memory, self._cache = Memory(), Cache()
        self.over = threading.Event()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.endpoint = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Endpoint:
        self._thread.start()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        if self.errors and error is None:
            raise self.errors[0]

    def serve(self) -> None:
        """Serve until the process is ended."""
        self._server.serve_forever()

    def answer(self, body: bytes, headers: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any], Trouble | None]:
        """(message, what its end adds, trouble) for one request; Refusal if it is not acceptable."""
        given = headers.get("authorization", "").removeprefix("Bearer ") or headers.get("x-api-key", "")
        if not given or (self.key and given != self.key):
            raise Refusal(f"invalid key {given}", 401, "authentication_error")
        request = json.loads(body)
        with self._lock:
            raw = raw_messages(body.decode())
            try:
                check(request)
                self._memory.verify(request, raw)
            except Refusal as refusal:
                self.refused.append(str(refusal))
                raise
            number = len(self.requests)
            self.requests.append(request)
            self.bodies.append(body)
            reply = self._script(request, number)
            return self._built(request, raw, reply, number)

    def _built(
        self, request: dict[str, Any], raw: list[bytes], reply: Reply, number: int
    ) -> tuple[dict[str, Any], dict[str, Any], Trouble | None]:
        trouble = reply if isinstance(reply, Trouble) else None
        fields: dict[str, Any] = {"content": reply} if isinstance(reply, list) else {}
        if isinstance(reply, dict):
            fields = dict(reply)
        content = [dict(block) for block in (trouble.before if trouble else fields.pop("content", []))]
        for k, block in enumerate(content):
            if block["type"] == "tool_use":
                block.setdefault("id", f"toolu_{number:04d}_{k}")
            elif block["type"] == "thinking":
                block.setdefault("signature", "")
        usage = {**self._cache.usage(request), "output_tokens": len(json.dumps(content)) // 4}
        if trouble is None:
            self._memory.sign(request, raw, content)
            for name, count in usage.items():
                self.used[name] = self.used.get(name, 0) + (count if isinstance(count, int) else 0)
        called = any(block["type"] == "tool_use" for block in content)
        message = {
            "id": f"msg_{number:04d}",
            "type": "message",
            "role": "assistant",
            "model": request["model"],
            "content": content,
            "stop_reason": "tool_use" if called else "end_turn",
            "stop_sequence": None,
            "usage": usage,
        }
        delta = fields.pop("delta", {})
        return {**message, **fields}, delta, trouble


class _Server(ThreadingHTTPServer):
    """Knows whose it is, and leaves the connections of a test behind with it."""

    daemon_threads = True
    endpoint: Endpoint

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is none; anything else fails the test, at the context's end."""
        error = sys.exc_info()[1]
        if error and not isinstance(error, OSError):
            self.endpoint.errors.append(error)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.endpoint.connections += 1

    @property
    def endpoint(self) -> Endpoint:
        return cast(_Server, self.server).endpoint

    def do_GET(self) -> None:
        stats = {"requests": len(self.endpoint.requests), "refused": self.endpoint.refused, "usage": self.endpoint.used}
        self._send(200, json.dumps(stats).encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path.partition("?")[0] != "/v1/messages":
            return self._error(404, "not_found_error", "not found")
        try:
            message, delta, trouble = self.endpoint.answer(body, {k.lower(): v for k, v in self.headers.items()})
        except Refusal as refusal:
            return self._error(refusal.status, refusal.kind, str(refusal))
        except Exception as error:
            self.endpoint.errors.append(error)
            return self._error(400, "invalid_request_error", f"the script failed: {error!r}")
        if trouble and trouble.how in ("status", "reset", "html"):
            return self._fail(trouble)
        self._stream(message, delta, trouble)

    def _fail(self, trouble: Trouble) -> None:
        if trouble.how == "html":
            return self._send(200, b"<html>hello</html>", {"content-type": "text/html"})
        if trouble.how == "reset":
            return self._reset()
        self._error(trouble.status, trouble.kind, trouble.message, trouble.code, trouble.headers)

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def _stream(self, message: dict[str, Any], delta: dict[str, Any], trouble: Trouble | None) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream; charset=utf-8")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        try:
            for event in opening(message):
                self._event(event)
            whole = trouble is None or trouble.how in ("linger", "chatter")
            for event in closing(message, delta) if whole else ():
                self._event(event)
            if trouble:
                return self._break(trouble)
            self._chunk(b"")
        except OSError:
            self.endpoint.left.set()
            self.close_connection = True

    def _break(self, trouble: Trouble) -> None:
        """End a stream that has begun in the way that `trouble` says."""
        self.close_connection = True
        if trouble.how == "drop":
            return self._reset()
        if trouble.how == "garbled":
            self._chunk(b'event: content_block_delta\ndata: {"type": "content_bl\n\n')
        elif trouble.how == "event":
            details = {"error_code": trouble.code} if trouble.code else None
            error = {"type": trouble.kind, "message": trouble.message, "details": details}
            self._event({"type": "error", "error": error})
        else:
            until = time.monotonic() + (0 if trouble.how == "cut" else trouble.seconds)
            while time.monotonic() < until and not self.endpoint.over.wait(0.02):
                if trouble.how in ("pings", "chatter"):
                    self._event({"type": "ping"})
        self._chunk(b"")

    def _event(self, event: dict[str, Any]) -> None:
        self._chunk(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def _error(
        self, status: int, kind: str, text: str, code: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        error = {"type": kind, "message": text, **({"details": {"error_code": code}} if code else {})}
        self._send(status, json.dumps({"type": "error", "error": error}).encode(), headers)

    def _send(self, status: int, data: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"content-type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def turns(count: int, tool: Blocks, last: Blocks) -> Script:
    """A script that answers with `tool` until turn `count` of a conversation, and then with `last`."""

    def script(request: dict[str, Any], number: int) -> Reply:
        turn = sum(message["role"] == "assistant" for message in request["messages"]) + 1
        return tool if turn < count else last

    return script


def main() -> None:
    """Serve as a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--turns", type=int, default=200, help="answers in a conversation")
    parser.add_argument("--tool", default="view", help="the tool that is called in every turn but the last")
    parser.add_argument("--input", type=json.loads, default={"path": "README.md"}, help="its input, as JSON")
    parser.add_argument("--last-tool", default="", help="the tool that is called in the last turn; none: a text")
    parser.add_argument("--last-input", type=json.loads, default={}, help="its input, as JSON")
    args = parser.parse_args()
    say = {"type": "text", "text": "I look at the file to see what it says before I go on."}
    end = {"type": "tool_use", "name": args.last_tool, "input": args.last_input}
    call = {"type": "tool_use", "name": args.tool, "input": args.input}
    script = turns(args.turns, [say, call], [end] if args.last_tool else [{"type": "text", "text": "Done."}])
    endpoint = Endpoint(script, port=args.port)
    print(endpoint.url, flush=True)
    endpoint.serve()


if __name__ == "__main__":
    main()
