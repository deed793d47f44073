"""Start the service: `python -m app --port 8000`, with its clients in NOTES_CLIENTS. SIGTERM or Ctrl-C ends it."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence

from app.auth import Tokens
from app.http import Server
from app.routes import Router
from app.service import NoteService
from app.store import NoteStore

POLL = 0.05
"""Seconds between two looks at whether to stop."""


def parse_clients(text: str) -> dict[str, str]:
    """The clients in `text`, such as `web:secret,batch:other`, as id -> secret; ValueError for another form."""
    pairs = [entry.partition(":") for entry in text.split(",")]
    if not all(name and secret for name, _, secret in pairs):
        raise ValueError("set NOTES_CLIENTS to the clients that may get a token, such as web:secret,batch:other")
    return {name: secret for name, _, secret in pairs}


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until a signal comes; the exit code, which is 2 where the settings can't be used."""
    parser = argparse.ArgumentParser(prog="app", description="A small notes service on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on; 0 takes a free one")
    parser.add_argument("--database", default="notes.db", help="path of the SQLite database")
    parser.add_argument("--migrate", action="store_true", help="bring the database up to date, and serve nothing")
    parser.add_argument("--routes", action="store_true", help="print the operations as JSON, and serve nothing")
    options = parser.parse_args(arguments)
    if options.migrate or options.routes:
        store = NoteStore(options.database if options.migrate else ":memory:")
        if options.routes:
            print(json.dumps(Router(NoteService(store), Tokens({})).routes()))
        store.close()
        return 0
    try:
        clients = parse_clients(os.environ.get("NOTES_CLIENTS", ""))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    serve(options.port, options.database, clients)
    return 0


def serve(port: int, database: str, clients: dict[str, str]) -> None:
    """Serve on `port` until SIGTERM or SIGINT."""
    signals: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: signals.append(number))
    store = NoteStore(database)
    server = Server(port, Router(NoteService(store), Tokens(clients)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": POLL})
    thread.start()
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    # Looked at now and then: a signal that comes just before a wait without an end does not end it.
    while not signals:
        time.sleep(POLL)
    server.shutdown()
    thread.join()
    server.server_close()
    store.close()


if __name__ == "__main__":
    sys.exit(main())
