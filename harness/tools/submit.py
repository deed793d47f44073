"""submit: the role's structured submission. The engine answers it; the schema follows the stage."""

from __future__ import annotations

from harness.ports import Tool

SUBMIT = Tool(
    name="submit",
    description="Hand in your result; the only way to finish. It is checked at once, then measured. Call it alone.",
    schema={"type": "object", "properties": {}, "required": [], "additionalProperties": False},
    effect="submit",
)
