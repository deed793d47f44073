"""What can go wrong, each with the HTTP status and title that it is answered with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class NotesError(Exception):
    """Any error that the service answers on purpose; `detail` is one sentence for the caller."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal error"
    headers: Mapping[str, str] = {}
    """Response headers that the answer needs."""

    def __init__(self, detail: str, field: str = "") -> None:
        """Keep `detail`, and the name of the input field that it is about ('' where there is none)."""
        super().__init__(detail)
        self.detail = detail
        self.field = field


class InvalidRequest(NotesError):
    """A part of the request breaks a rule of the specification."""

    status = 400
    title = "Invalid request"


class Unauthorized(NotesError):
    """The credentials or the token are missing, wrong or expired."""

    status = 401
    title = "Unauthorized"
    headers = {"WWW-Authenticate": "Bearer"}


class NotFound(NotesError):
    """There is no such resource, or it belongs to another client."""

    status = 404
    title = "Not found"


class MethodNotAllowed(NotesError):
    """The path exists, but not with this method."""

    status = 405
    title = "Method not allowed"

    def __init__(self, allowed: str) -> None:
        """Name the methods that are `allowed`, such as `DELETE, GET`."""
        super().__init__(f"Only {allowed} can be used here.")
        self.headers = {"Allow": allowed}


class Unavailable(NotesError):
    """The database does not answer."""

    status = 503
    title = "Service unavailable"
