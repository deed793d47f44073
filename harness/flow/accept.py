"""Whether a decision counts for the question that waits."""

from __future__ import annotations

from harness.domain.decision import Decision
from harness.domain.event import Asked
from harness.domain.proof import Proof

HOW = (
    'name your key in ~/.config/harness/signing.toml (key = "~/.ssh/id_ed25519"), or in git\'s own gpg.format and '
    "user.signingKey; then `harness approve`, `return`, `answer` and `abandon` sign"
)
"""What to do where a decision has to be signed."""
SLACK = 300
"""Seconds by which two clocks may differ."""


def objection(asked: Asked, decision: Decision) -> str:
    """Why `decision` does not count, in one sentence, or ''."""
    subject = str(asked.detail.get("subject", ""))
    if decision.subject != subject:
        return f"it was about {decision.subject[:12] or 'nothing'}, but {subject[:12]} is waiting; look at it again"
    verbs = asked.detail.get("verbs", ())
    if decision.verb not in verbs:
        return f"this question takes {', '.join(verbs)}, not {decision.verb}"
    returns = asked.detail.get("returns", ())
    if decision.verb == "return" and decision.to not in returns:
        return f"it can go back to {', '.join(returns)}, not to {decision.to or 'nowhere'}"
    if decision.verb == "return" and not decision.comment.strip():
        return "a return needs a comment that says what to change"
    if decision.verb == "answer" and not decision.comment.strip():
        return "an answer needs a text"
    least = float(asked.detail.get("least", 0))
    if decision.verb == "approve" and not decision.cap >= least:
        return f"the cap must be at least {least:.2f} dollars to go on"
    return ""


def doubt(decision: Decision, proof: Proof, asked: float, signed_only: str) -> str:
    """Why the decision's signature, or the lack of one, keeps it from counting, in one sentence, or ''.

    `asked` is when the question was recorded, `signed_only` why only signed decisions count ('' where others do too).
    """
    if proof.state == "bad" or proof.state == "stranger":
        return f"its signature does not count: {proof.why}"
    if proof.state == "good" and decision.time + SLACK < asked:
        return "its signature does not count: it was made before the question was asked"
    if proof.state != "good" and signed_only:
        what = "it is not signed" if proof.state == "unsigned" else f"its signature can't be verified: {proof.why}"
        return f"{what}, and {signed_only}; {HOW}"
    return ""
