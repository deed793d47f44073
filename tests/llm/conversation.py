"""A conversation as the engine holds it: a head and messages that were encoded once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from harness.llm.claude import Claude
from harness.ports import Fault, Request

KEY = "sk-ant-a-key-that-nobody-may-see"
SYSTEM = [{"type": "text", "text": "You are careful. " * 300, "cache_control": {"type": "ephemeral", "ttl": "1h"}}]
TOOLS = [{"name": "view", "description": "Shows a file.", "input_schema": {"type": "object"}}]


def encoded(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass
class Conversation:
    """Asks, appends what comes back, and remembers faults and progress."""

    claude: Claude
    head: bytes = f'"system":{json.dumps(SYSTEM)},"tools":{json.dumps(TOOLS)}'.encode()
    messages: list[bytes] = field(default_factory=lambda: [encoded({"role": "user", "content": "Go on."})])
    faults: list[Fault] = field(default_factory=list)
    progress: list[str] = field(default_factory=list)

    def ask(self, model: str = "claude-sonnet-5-5") -> dict[str, Any]:
        request = Request("design/1/1", model, 4096, self.head, self.messages)
        reply = self.claude.reply(request, fault=self.faults.append, progress=self.progress.append)
        self.messages.append(encoded({"role": "assistant", "content": reply["content"]}))
        return reply

    def results(self, reply: dict[str, Any], text: str = "contents of the file") -> None:
        """Answer all tool calls of `reply`."""
        calls = [block["id"] for block in reply["content"] if block["type"] == "tool_use"]
        content = [{"type": "tool_result", "tool_use_id": call, "content": text} for call in calls]
        self.messages.append(encoded({"role": "user", "content": content}))
