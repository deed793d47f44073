"""What the CEO can say, and what it counts for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from harness.domain.frozen import Frozen, later

Verb = Literal["approve", "return", "answer", "abandon"]
FINAL_NO = "abandon"
"""Key and subject of the CEO's final no, which may come at any time."""
LATEST = 253_402_300_799
"""The last second of the year 9999, in seconds since the epoch."""
LONGEST_SIGNATURE = 16 << 10
"""Characters; the longest that ssh-keygen makes has some four thousand."""


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
    time: Annotated[int, Field(ge=0, le=LATEST)] = later(0)
    """When it was signed, in seconds since the epoch; 0 where it was not."""
    signature: Annotated[str, Field(max_length=LONGEST_SIGNATURE)] = later("")
    """An SSH signature, in armour, over the decision's statement; '' where nobody signed."""
