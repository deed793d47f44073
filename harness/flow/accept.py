"""Whether a decision counts for the question that waits."""

from __future__ import annotations

from harness.domain.decision import Decision
from harness.domain.event import Asked


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
