"""Unix sockets that sandboxed commands connect to."""

from __future__ import annotations

import os
import socket
from pathlib import Path

_BACKLOG = 128


def listen(path: Path) -> socket.socket:
    """A socket at `path` that every user of the directory may connect to; OSError if it can't be made."""
    server = socket.socket(socket.AF_UNIX)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # By way of the directory's descriptor, because a socket's address has room for 107 characters only.
        linked = Path(f"/proc/self/fd/{folder}")
        server.bind(str(linked / path.name if linked.exists() else path))
        os.chmod(path.name, 0o666, dir_fd=folder)
        server.listen(_BACKLOG)
    except BaseException:
        server.close()
        raise
    finally:
        os.close(folder)
    return server
