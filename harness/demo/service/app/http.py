"""The service on a socket: HTTP/1.1 with connections that stay open."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from app.errors import InvalidRequest, NotesError
from app.routes import Request, Response, Router, problem

MOST_BODY = 64 << 10
"""Bytes of a request body."""


class Server(ThreadingHTTPServer):
    """Serves a router on the loopback interface, one thread a connection."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, router: Router) -> None:
        """Listen on `port` of 127.0.0.1; 0 takes a free one."""
        super().__init__(("127.0.0.1", port), Handler)
        self.router = router


class Handler(BaseHTTPRequestHandler):
    """One connection: reads requests, asks the router, writes responses."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # header and body leave in one segment
    timeout = 60

    def handle_request(self) -> None:
        """Answer one request of any method."""
        try:
            self._send(self.server.router.answer(self._read()))
        except NotesError as error:
            # What could not be read is still on the line, and would be taken for the next request.
            self.close_connection = True
            self._send(problem(error))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_request

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing about requests; errors are logged where they are answered."""

    def _read(self) -> Request:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not (length.isascii() and length.isdigit()):
            raise InvalidRequest("Send the body with a Content-Length.")
        if int(length) > MOST_BODY:
            raise InvalidRequest(f"The body must have at most {MOST_BODY} bytes.")
        try:
            url = urlsplit(self.path)
        except ValueError:
            raise InvalidRequest("The request target is not a valid URL.") from None
        return Request(
            method=self.command,
            path=unquote(url.path),
            query=parse_qs(url.query, keep_blank_values=True),
            authorization=self.headers.get("Authorization", ""),
            body=self.rfile.read(int(length)),
        )

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        if response.body is None:
            self.end_headers()
            return
        data = json.dumps(response.body, ensure_ascii=False).encode()
        self.send_header("Content-Type", response.media_type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
