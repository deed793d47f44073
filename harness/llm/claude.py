"""The Messages API as the engine's model. Importing this module costs most of a second: see `connect`."""

from __future__ import annotations

import json
import random
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import anthropic
import httpx2

from harness.domain.secret import holds
from harness.errors import Mistake
from harness.llm.retry import USUAL, Failed, Failure, Retry, Situation, asked_wait, ending, pause, quote
from harness.llm.stream import Assembly, events
from harness.ports import Fault, Request

_MARK = '"stream":true,"cache_control":{"type":"ephemeral"}'


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one try may take, in seconds and bytes."""

    connect: float = 10.0
    stall: float = 120.0
    """Silence after which a stream counts as dead."""
    deadline: float = 1200.0
    """For one try, as an endpoint that only sends keep-alives is never silent."""
    progress: float = 0.5
    """Between two reports of progress."""
    size: int = 64 << 20
    """Bytes of a whole answer."""


BOUNDS = Bounds()


class Claude:
    """A Messages API endpoint, through the vendor's client. One instance is one connection pool."""

    def __init__(
        self,
        *,
        api_key: str | None,
        base_url: str | None,
        retry: Retry = USUAL,
        bounds: Bounds = BOUNDS,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        roll: Callable[[], float] = random.random,
    ) -> None:
        """Where `api_key` or `base_url` is None, the vendor's environment variables count; Mistake without a key."""
        self._client = _client(api_key, base_url, bounds)
        self._retry, self._bounds = retry, bounds
        self._clock, self._sleep, self._roll = clock, sleep, roll
        self._secrets = tuple(filter(None, (self._client.api_key, self._client.auth_token)))

    @property
    def host(self) -> str:
        """The endpoint's host and port, without credentials."""
        return self._client.base_url.netloc.decode()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def reply(
        self, request: Request, *, fault: Callable[[Fault], None], progress: Callable[[str], None]
    ) -> dict[str, Any]:
        """The final message as the endpoint sent it; Unreachable, or HistoryRefused, when no try gave one."""
        body, began, tried = _body(request), self._clock(), 0
        while True:
            tried += 1
            try:
                return self._once(body, progress)
            except Failed as failed:
                failure, usage = failed.failure, failed.usage
            now = Situation(tried, self._clock() - began, self._roll())
            wait = pause(self._retry, failure, now)
            billable = failure.cause != "connect"
            fault(Fault(failure.what, -1.0 if wait is None else wait, usage, billable))
            if wait is None:
                raise ending(self._retry, failure, tried, self.host)
            progress(f"trying again in {wait:.2g} s: {failure.what}")
            self._sleep(wait)

    def _once(self, body: bytes, progress: Callable[[str], None]) -> dict[str, Any]:
        """One try; Failed if it gave no whole message."""
        assembly = Assembly()
        try:
            with closing(self._open(body)) as response:
                for event in events(self._chunks(response, assembly, progress)):
                    assembly.feed(event)
        except Failed as failed:
            raise Failed(self._clean(failed.failure), assembly.usage) from None
        except (anthropic.AnthropicError, httpx2.HTTPError, httpx2.InvalidURL) as error:
            # What breaks after the last event takes nothing from the message. Nothing is chained, as the SDK's errors
            # hold the request with its key.
            if not assembly.complete:
                raise Failed(self._clean(_failure(error)), assembly.usage) from None
        message = assembly.message()
        # an answer is kept as it came, so one that repeats the key can't be kept at all
        if holds(json.dumps(message, ensure_ascii=False), self._secrets):
            what = f"the answer of {self.host} repeats the API key, so it was not kept: check ANTHROPIC_BASE_URL"
            raise Failed(Failure("setup", what), assembly.usage)
        return message

    def _open(self, body: bytes) -> httpx2.Response:
        """The answer's head; its body is still to be read."""
        stream = self._client.post(
            "/v1/messages", cast_to=object, content=body, stream=True, stream_cls=anthropic.Stream[object]
        )
        kind = stream.response.headers.get("content-type", "")
        if not kind.startswith("text/event-stream"):
            stream.close()
            what = f"{self.host} does not answer as a Messages API does (it sent {kind or 'no content type'})"
            raise Failed(Failure("setup", f"{what}: check ANTHROPIC_BASE_URL"))
        return stream.response

    def _chunks(
        self, response: httpx2.Response, assembly: Assembly, progress: Callable[[str], None]
    ) -> Iterator[bytes]:
        """What arrives, under a deadline, with a report of progress now and then."""
        began = told = self._clock()
        size = 0
        for chunk in response.iter_bytes():
            if assembly.complete:
                return
            now, size = self._clock(), size + len(chunk)
            if now - began > self._bounds.deadline:
                raise Failed(Failure("late", f"the answer was not whole after {self._bounds.deadline:g} seconds"))
            if size > self._bounds.size:
                raise Failed(Failure("garbled", f"the answer is larger than {self._bounds.size:,} bytes"))
            if now - told >= self._bounds.progress:
                told = now
                progress(f"{assembly.doing}, {assembly.size:,} characters" if assembly.size else assembly.doing)
            yield chunk

    def _clean(self, failure: Failure) -> Failure:
        """The failure without credentials, as an endpoint may repeat the key that it refuses."""
        what = failure.what
        # Before the text is cut short, as half a key is not found.
        for secret in self._secrets:
            what = what.replace(secret, "[key]")
        return replace(failure, what=quote(what))


def _client(api_key: str | None, base_url: str | None, bounds: Bounds) -> anthropic.Anthropic:
    """The vendor's client, which neither retries nor traces."""
    try:
        client = anthropic.Anthropic(
            api_key=api_key or None,
            base_url=base_url or None,
            timeout=anthropic.Timeout(bounds.stall, connect=bounds.connect),
            max_retries=0,
            open_telemetry=False,
            http_client=_unsealed() if (base_url or "").startswith("http://") else None,
        )
    except (anthropic.AnthropicError, httpx2.InvalidURL, ValueError) as error:
        raise Mistake(f"the model endpoint's settings can't be used: {quote(str(error))}") from None
    # A key read from a file often ends in a line break, which no header can carry.
    client.api_key = (client.api_key or "").strip() or None
    named = {name.lower() for name in client.default_headers}
    if client.credentials is None and not named & {"authorization", "x-api-key"}:
        raise Mistake("there is no API key: set ANTHROPIC_API_KEY")
    return client


def _unsealed() -> anthropic.DefaultHttpxClient:
    """Connections for an address without TLS: reading the certificates takes as long as twenty calls.

    The context knows no authority, so that an endpoint that sends on to another address by TLS is not trusted.
    """
    return anthropic.DefaultHttpxClient(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


def _body(request: Request) -> bytes:
    """The request's JSON, joined from what was encoded before."""
    start = f'{{"model":{json.dumps(request.model)},"max_tokens":{request.max_tokens},{_MARK},'.encode()
    head = request.head.rstrip(b", ")
    parts = [part for message in request.messages for part in (b",", message)]
    # One join, since a long history takes a while to copy.
    return b"".join((start, head, b"," if head else b"", b'"messages":[', *parts[1:], b"]}"))


def _failure(error: Exception) -> Failure:
    """What an exception of the client, or of reading its stream, means."""
    if isinstance(error, anthropic.APIStatusError):
        return _refusal(error)
    cause = error.__cause__ if isinstance(error, anthropic.APIConnectionError) else error
    if isinstance(cause, (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError)):
        return Failure("connect", str(cause) or "the connection timed out")
    if isinstance(cause, (httpx2.UnsupportedProtocol, httpx2.LocalProtocolError, httpx2.InvalidURL)):
        return Failure("setup", "the request can't be sent: check ANTHROPIC_BASE_URL and ANTHROPIC_API_KEY")
    if isinstance(cause, httpx2.TimeoutException):
        return Failure("stall", "the endpoint went silent")
    if isinstance(error, (httpx2.HTTPError, anthropic.APIConnectionError)):
        return Failure("drop", "the connection was lost")
    return Failure("setup", f"the request can't be sent: {error}")


def _refusal(error: anthropic.APIStatusError) -> Failure:
    """What an answer with an error status means."""
    headers = error.response.headers
    advice = {"true": True, "false": False}.get(headers.get("x-should-retry", ""))
    said = error.api_message or error.type or "no reason given"
    what = str(said) if error.status_code == 400 else f"{error.status_code} {said}"
    return Failure(
        "answer",
        what,
        status=error.status_code,
        kind=error.type or "",
        code=error.error_code or "",
        after=asked_wait(headers, time.time()),
        advice=advice,
    )
