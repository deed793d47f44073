"""What is known of a decision's signature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Proof:
    """`good`: by an allowed signer over exactly this decision; `bad`: not a signature over it.

    `stranger`: whole, but by a key that is not among the allowed signers; `unknown`: nothing here can tell.
    """

    state: Literal["good", "bad", "stranger", "unknown", "unsigned"]
    by: str = ""
    """The signer's name among the allowed signers, or the key's fingerprint."""
    why: str = ""
    """One sentence, where it is neither good nor unsigned."""

    def __str__(self) -> str:
        if self.state == "good":
            return f"signed by {self.by} (good)"
        words = {"bad": "badly signed", "stranger": "signed by a stranger", "unknown": "signed by nobody knows whom"}
        return f"{words[self.state]} ({self.why})" if self.state in words else self.state
