"""Access tokens: issued for client credentials, signed, valid for a limited time."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.errors import Unauthorized


@dataclass(frozen=True)
class Token:
    """A bearer token and its lifetime in seconds."""

    text: str
    lifetime: int


class Tokens:
    """Issues and checks tokens. They hold their own facts, so that nothing is stored; a restart ends them all."""

    def __init__(
        self, clients: Mapping[str, str], *, lifetime: int = 3600, clock: Callable[[], float] = time.time
    ) -> None:
        """Know `clients` (id -> secret); tokens live `lifetime` seconds of `clock`."""
        self._clients = dict(clients)
        self._lifetime = lifetime
        self._clock = clock
        self._key = secrets.token_bytes(32)

    def issue(self, client_id: str, client_secret: str) -> Token:
        """A token for the client; Unauthorized if the credentials are wrong."""
        known = self._clients.get(client_id, "")
        if not hmac.compare_digest(known.encode(), client_secret.encode()) or not known:
            raise Unauthorized("The client id or the client secret is wrong.")
        claim = f"{client_id}:{int(self._clock()) + self._lifetime}".encode()
        return Token(f"{self._sign(claim)}.{urlsafe_b64encode(claim).decode()}", self._lifetime)

    def client(self, authorization: str) -> str:
        """The client that an Authorization header speaks for; Unauthorized if it does not hold a valid token."""
        scheme, _, text = authorization.partition(" ")
        signature, _, claim = text.strip().partition(".")
        if scheme.lower() != "bearer" or not claim:
            raise Unauthorized("Send a token from POST /token as 'Authorization: Bearer <token>'.")
        try:
            plain = urlsafe_b64decode(claim)
        except ValueError:
            raise Unauthorized("The token is not valid.") from None
        if not hmac.compare_digest(self._sign(plain).encode(), signature.encode()):
            raise Unauthorized("The token is not valid.")
        client_id, _, expires = plain.decode().rpartition(":")
        if self._clock() >= int(expires):
            raise Unauthorized("The token has expired; get a new one from POST /token.")
        return client_id

    def _sign(self, claim: bytes) -> str:
        return hmac.new(self._key, claim, hashlib.sha256).hexdigest()
