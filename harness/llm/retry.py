"""Whether a failed call to the model is tried again, after how long, and what people are told when it is not."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from harness.errors import HistoryRefused, Unreachable

Cause = Literal["answer", "event", "connect", "setup", "drop", "stall", "late", "cut", "garbled"]
"""answer: an error status; event: an error inside a stream; connect: nobody listens; setup: nothing could be sent;
drop, stall, late, cut, garbled: the stream broke, went silent, took too long, ended early, or made no sense."""

SPEND = frozenset(
    {"enforced_spend_limit_reached", "contract_spend_limit_reached", "linked_organization_spend_limit_reached"}
)
_FINAL_KINDS = frozenset(
    {
        "invalid_request_error",
        "authentication_error",
        "billing_error",
        "permission_error",
        "not_found_error",
        "request_too_large",
    }
)
_HISTORY_CODES = frozenset({"compaction_signature_invalid", "compaction_content_mismatch"})
# The endpoint gives this refusal no code, so that only its wording tells it from other bad requests.
_HISTORY = re.compile(r"messages\.\d+\b.*(thinking|signature|different conversation)", re.DOTALL)
_LONGEST_QUOTE = 300


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and how long. Times are seconds."""

    tries: int = 8
    refused: int = 5
    """Tries while nothing listens at the address: that is rarely over in a minute."""
    first: float = 0.5
    """The first wait, doubled with every try."""
    longest: float = 60.0
    """The longest wait; an endpoint that asks for more is not tried again."""
    total: float = 3600.0
    """No try begins later than this after the first."""

    def __post_init__(self) -> None:
        if self.tries < 1:
            raise ValueError("tries must be at least 1")


USUAL = Retry()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why one try gave no answer."""

    cause: Cause
    what: str
    """What a person reads, without credentials."""
    status: int = 0
    kind: str = ""
    """The endpoint's `error.type`."""
    code: str = ""
    """The endpoint's `error.details.error_code`."""
    after: float | None = None
    """Seconds that the endpoint asks to wait."""
    advice: bool | None = None
    """What the endpoint says about trying again."""


class Failed(Exception):
    """Carries a failure, and the usage that was reported before it, to the place that decides."""

    def __init__(self, failure: Failure, usage: Mapping[str, Any] | None = None) -> None:
        super().__init__(failure.what)
        self.failure = failure
        self.usage = dict(usage or {})


@dataclass(frozen=True, slots=True)
class Situation:
    """Where the tries stand."""

    tried: int
    """How often, the failed try included."""
    elapsed: float = 0.0
    """Seconds since the first try began."""
    roll: float = 0.0
    """A random number in 0..1, for the jitter."""


def transient(failure: Failure) -> bool:
    """Whether the same request may well succeed later."""
    if failure.code in SPEND or failure.cause == "setup":
        return False
    if failure.cause == "event":
        return failure.kind not in _FINAL_KINDS
    if failure.cause != "answer":
        return True
    if failure.advice is not None:
        return failure.advice
    return failure.status in (408, 409, 429) or (failure.status >= 500 and failure.status != 501)


def pause(retry: Retry, failure: Failure, now: Situation) -> float | None:
    """Seconds until the next try; None if there is none."""
    most = retry.refused if failure.cause == "connect" else retry.tries
    if not transient(failure) or now.tried >= min(most, retry.tries):
        return None
    wait = failure.after
    if wait is None:
        # Jitter only shortens, so that the sum of the waits has a known upper bound.
        wait = min(retry.longest, retry.first * 2.0 ** min(now.tried - 1, 30)) * (1 - now.roll / 4)
    if wait > retry.longest or now.elapsed + wait > retry.total:
        return None
    return wait


def asked_wait(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that an answer's headers ask to wait, `now` being the Unix time; None if they don't, or not sensibly."""
    text = headers.get("retry-after", "")
    try:
        if precise := headers.get("retry-after-ms"):
            wait = float(precise) / 1000
        else:
            wait = float(text)
    except ValueError:
        try:
            wait = parsedate_to_datetime(text).timestamp() - now
        except (ValueError, TypeError, OverflowError):
            return None
    return wait if math.isfinite(wait) and wait > 0 else None


def quote(text: str) -> str:
    """An endpoint's message as one short line."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_QUOTE else line[: _LONGEST_QUOTE - 1] + "…"


def ending(retry: Retry, failure: Failure, tried: int, host: str) -> Unreachable:
    """The error that ends a call after its last try."""
    if failure.status == 400 and (failure.code in _HISTORY_CODES or _HISTORY.match(failure.what)):
        return HistoryRefused(f"the endpoint {host} refuses the conversation so far: {failure.what}")
    if not transient(failure):
        return Unreachable(_final(failure, host))
    if failure.cause == "connect":
        return Unreachable(
            f"nothing answers at {host} ({failure.what}): check the network and ANTHROPIC_BASE_URL, then resume the run"
        )
    if failure.after is not None and failure.after > retry.longest:
        return Unreachable(
            f"the endpoint {host} asks to wait {failure.after:.0f} seconds ({failure.what}): resume the run after that"
        )
    times = "one try" if tried == 1 else f"{tried} tries"
    return Unreachable(f"the endpoint {host} gave no answer in {times}, at last: {failure.what}; resume the run later")


def _final(failure: Failure, host: str) -> str:
    """One sentence on a failure that trying again does not help."""
    if failure.cause == "setup":
        return failure.what
    if failure.status == 401 or failure.kind == "authentication_error":
        return f"the endpoint {host} refuses the key: set ANTHROPIC_API_KEY to a valid one ({failure.what})"
    if failure.code in SPEND or failure.status == 402 or failure.kind == "billing_error":
        return f"the account's spend limit is reached: raise it or wait, then resume the run ({failure.what})"
    if failure.status == 403:
        return f"the key has no permission for this request at {host}: {failure.what}"
    if failure.status == 404:
        check = "check the role's model and ANTHROPIC_BASE_URL"
        return f"{host} does not know the model or has no Messages API, {check}: {failure.what}"
    if failure.status == 413 or failure.kind == "request_too_large":
        return f"the request is too large for {host}: {failure.what}"
    return f"the endpoint {host} refuses the request: {failure.what}"
