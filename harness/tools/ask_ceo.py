"""ask_ceo: a question that only the CEO can answer. It parks the run until there is an answer."""

from __future__ import annotations

from harness.ports import Tool

ASK_CEO = Tool(
    name="ask_ceo",
    description="Ask the CEO a question that only they can decide. The run waits for the answer, perhaps for days.",
    schema={
        "type": "object",
        "properties": {"question": {"type": "string"}},
        "required": ["question"],
        "additionalProperties": False,
    },
    effect="ask",
)
