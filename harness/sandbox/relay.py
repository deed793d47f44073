"""A relay between a Unix socket and a TCP port, run inside the sandbox as a script; needs the standard library alone.

`python -I -S relay.py LISTEN TO`, each `unix:/path` or `tcp:PORT` (127.0.0.1). It returns once it listens, and goes
on in the background, so the next command of the shell finds it ready.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys

_CHUNK = 1 << 16
_BACKLOG = 128


def listener(endpoint: str) -> socket.socket:
    """A listening socket at `endpoint`; OSError if it is taken."""
    kind, _, where = endpoint.partition(":")
    if kind == "tcp":
        return socket.create_server(("127.0.0.1", int(where)), backlog=_BACKLOG)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(where)
    server = socket.socket(socket.AF_UNIX)
    server.bind(where)
    os.chmod(where, 0o666)
    server.listen(_BACKLOG)
    return server


async def connect(endpoint: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to `endpoint`."""
    kind, _, where = endpoint.partition(":")
    if kind == "tcp":
        return await asyncio.open_connection("127.0.0.1", int(where))
    return await asyncio.open_unix_connection(where)


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until the end, and pass the end on."""
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
        writer.write_eof()


async def serve(server: socket.socket, to: str) -> None:
    """Join every connection to `server` with a new one to `to`."""

    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            other_reader, other_writer = await connect(to)
        except OSError:
            writer.close()
            return
        try:
            await asyncio.gather(pump(reader, other_writer), pump(other_reader, writer))
        finally:
            writer.close()
            other_writer.close()

    if server.family == socket.AF_UNIX:
        running = await asyncio.start_unix_server(join, sock=server)
    else:
        running = await asyncio.start_server(join, sock=server)
    await running.serve_forever()


def main(arguments: list[str]) -> int:
    """Listen, go into the background, relay until killed."""
    listen, to = arguments
    server = listener(listen)
    if os.fork():
        return 0
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    asyncio.run(serve(server, to))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
