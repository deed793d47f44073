"""What the CEO can say, and what it counts for."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from harness.domain.frozen import Frozen

Verb = Literal["approve", "return", "answer", "abandon"]


class Decision(Frozen):
    """One decision, bound to the digest of what was shown."""

    subject: str
    verb: Verb
    to: str = ""
    comment: str = ""
    cap: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """US dollars that the change may cost, where the question is about cost."""
    update_checkout: bool = False
    """Consent to move a checked-out develop together with its working tree."""
    by: str = ""
