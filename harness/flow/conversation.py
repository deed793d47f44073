"""A conversation with a model, encoded once: each message becomes bytes when it is added and is never encoded again."""

from __future__ import annotations

import hashlib
import json
from typing import Any

Block = dict[str, Any]


class Conversation:
    """Append-only, but for texts put at the end of a user turn that was not answered yet."""

    def __init__(self, head: bytes) -> None:
        self.head = head
        self.messages: list[bytes] = []
        self._sealed = hashlib.sha256(head)
        self._open: list[Block] = []

    def user(self, blocks: list[Block]) -> None:
        """Add a user turn: tool results first, texts after them."""
        self._open = blocks
        self.messages.append(_encoded("user", blocks))

    def amend(self, text: str) -> None:
        """Put a text at the end of the last user turn."""
        self._open = [*self._open, {"type": "text", "text": text}]
        self.messages[-1] = _encoded("user", self._open)

    def assistant(self, content: list[Block]) -> None:
        """Add the model's turn, every block as it came."""
        self._sealed.update(self.messages[-1])
        self.messages.append(_encoded("assistant", content))
        self._sealed.update(self.messages[-1])

    @property
    def digest(self) -> str:
        """SHA-256 over all that the next request holds."""
        whole = self._sealed.copy()
        whole.update(self.messages[-1])
        return whole.hexdigest()

    @property
    def fresh(self) -> int:
        """Bytes of the last message: what the next request adds."""
        return len(self.messages[-1])

    @property
    def size(self) -> int:
        """Bytes of the whole prompt."""
        return len(self.head) + sum(map(len, self.messages))


def _encoded(role: str, content: list[Block]) -> bytes:
    return json.dumps({"role": role, "content": content}, ensure_ascii=False, separators=(",", ":")).encode()
