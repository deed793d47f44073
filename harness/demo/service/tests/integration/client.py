"""A client of the running service, whose address is in BASE_URL."""

import json
import os
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Answer:
    """A response; `body` is its JSON, None where it has none."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


def send(method: str, path: str, body: Any = None, token: str = "", raw: bytes | None = None) -> Answer:
    """Send a request with `body` as JSON, or with the bytes `raw` as they are."""
    data = raw if raw is not None else None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(os.environ["BASE_URL"].rstrip("/") + path, data, method=method)
    request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return _answer(response.status, response.headers, response.read())
    except urllib.error.HTTPError as error:
        with error:
            return _answer(error.code, error.headers, error.read())


def token(name: str, secret: str) -> str:
    """An access token for a client."""
    return send("POST", "/token", {"client_id": name, "client_secret": secret}).body["access_token"]


def _answer(status, headers, data: bytes) -> Answer:
    return Answer(status, json.loads(data) if data else None, dict(headers.items()))
