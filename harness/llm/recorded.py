"""A model whose answers come from a record: for rehearsals and forks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from harness.domain.event import Answered, Entry
from harness.errors import Diverged
from harness.ports import Fault, Model, Request


class Recorded:
    """Answers by (stage, attempt, sequence); past the record's end it diverges, or asks `after`."""

    def __init__(self, entries: Sequence[Entry], after: Model | None = None) -> None:
        self._answers = {
            e.event.key: e.event.answer for e in entries if isinstance(e.event, Answered) and e.event.kind == "model"
        }
        self._after = after

    def reply(
        self, request: Request, *, fault: Callable[[Fault], None], progress: Callable[[str], None]
    ) -> dict[str, Any]:
        answer: dict[str, Any] | None = self._answers.get(request.key)
        if answer is not None:
            return answer
        if self._after is None:
            raise Diverged(f"{request.key}: the transcript has no answer to this; the run took another way")
        return self._after.reply(request, fault=fault, progress=progress)
