"""The operations: from a request to a service call, and from its result or error to a response. No sockets here."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app import fields
from app.auth import Tokens
from app.errors import MethodNotAllowed, NotesError, NotFound
from app.service import NoteService
from app.store import Note

LOG = logging.getLogger(__name__)
MOST_TITLE = 120
MOST_TEXT = 10_000
MOST_CREDENTIAL = 128


@dataclass(frozen=True)
class Request:
    """What the operations need of an HTTP request; `query` holds every value of a name."""

    method: str
    path: str
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    authorization: str = ""
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    """A status and a JSON value; None means no body at all."""

    status: int
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"


Operation = Callable[[Request, str], Response]


class Router:
    """Finds the operation for a request, and turns every error into a problem document (RFC 9457)."""

    def __init__(self, notes: NoteService, tokens: Tokens) -> None:
        """Offer the operations on `notes`, to those who hold one of `tokens`."""
        self._notes = notes
        self._tokens = tokens
        self._operations: tuple[tuple[str, str, Operation], ...] = (
            ("GET", "/health", self._health),
            ("POST", "/token", self._issue_token),
            ("GET", "/notes", self._list_notes),
            ("POST", "/notes", self._create_note),
            ("GET", "/notes/{note_id}", self._get_note),
            ("DELETE", "/notes/{note_id}", self._delete_note),
        )

    def routes(self) -> list[dict[str, str]]:
        """The method and the path of every operation, such as GET and /notes/{note_id}."""
        return [{"method": method, "path": path} for method, path, _ in self._operations]

    def answer(self, request: Request) -> Response:
        """The response to `request`, whatever happens."""
        try:
            operation, argument = self._find(request)
            return operation(request, argument)
        except NotesError as error:
            return problem(error)
        except Exception:
            LOG.exception("%s %s failed", request.method, request.path)
            return problem(NotesError("Something went wrong; it has been logged."))

    def _find(self, request: Request) -> tuple[Operation, str]:
        allowed = []
        for method, path, operation in self._operations:
            argument = _argument(path, request.path)
            if argument is not None and method == request.method:
                return operation, argument
            if argument is not None:
                allowed.append(method)
        if allowed:
            raise MethodNotAllowed(", ".join(allowed))
        raise NotFound(f"There is nothing at {request.path}.")

    def _health(self, request: Request, _: str) -> Response:
        self._notes.check()
        return Response(200, {"status": "ok"})

    def _issue_token(self, request: Request, _: str) -> Response:
        body = fields.json_object(request.body, ("client_id", "client_secret"))
        token = self._tokens.issue(
            fields.text(body, "client_id", most=MOST_CREDENTIAL),
            fields.text(body, "client_secret", most=MOST_CREDENTIAL),
        )
        answer = {"access_token": token.text, "token_type": "Bearer", "expires_in": token.lifetime}
        return Response(200, answer, {"Cache-Control": "no-store"})

    def _create_note(self, request: Request, _: str) -> Response:
        owner = self._tokens.client(request.authorization)
        body = fields.json_object(request.body, ("title", "text"))
        note = self._notes.create(
            owner,
            fields.text(body, "title", most=MOST_TITLE),
            fields.text(body, "text", most=MOST_TEXT, default=""),
        )
        return Response(201, note_document(note), {"Location": f"/notes/{note.id}"})

    def _list_notes(self, request: Request, _: str) -> Response:
        owner = self._tokens.client(request.authorization)
        limit = fields.integer(request.query, "limit", default=20, least=1, most=100)
        offset = fields.integer(request.query, "offset", default=0, least=0, most=1_000_000)
        page = self._notes.list(owner, limit, offset)
        notes = [note_document(note) for note in page.notes]
        return Response(200, {"notes": notes, "total": page.total, "limit": limit, "offset": offset})

    def _get_note(self, request: Request, note_id: str) -> Response:
        owner = self._tokens.client(request.authorization)
        return Response(200, note_document(self._notes.get(owner, fields.identifier(note_id, "note_id"))))

    def _delete_note(self, request: Request, note_id: str) -> Response:
        owner = self._tokens.client(request.authorization)
        self._notes.delete(owner, fields.identifier(note_id, "note_id"))
        return Response(204)


def _argument(path: str, asked: str) -> str | None:
    """What stands in `asked` for the name in braces of `path`, '' where it has none; None for another path."""
    match = re.fullmatch(re.sub(r"\{\w+\}", "([^/]+)", path), asked)
    return "".join(match.groups()) if match else None


def note_document(note: Note) -> dict[str, Any]:
    """The note as its owner sees it."""
    return {"id": note.id, "title": note.title, "text": note.text, "created_at": note.created_at}


def problem(error: NotesError) -> Response:
    """The problem document that answers `error`; `field` is there where one input is at fault."""
    body = {"type": "about:blank", "title": error.title, "status": error.status, "detail": error.detail}
    if error.field:
        body["field"] = error.field
    return Response(error.status, body, error.headers, "application/problem+json")
