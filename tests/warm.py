"""`harness` as users call it, forked from a process that has loaded its modules already.

Most of a short command's time goes to imports, and tests call hundreds of them. Each call is still a process of its
own, with its own environment, directory and exit code. What is about starting itself calls `python -m harness`.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import traceback
from functools import cache
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).parents[1]
_LENGTH, _NUMBER = struct.Struct("!I"), struct.Struct("!i")


def called(args: list[str], cwd: Path, env: dict[str, str], *, timeout: float = 120) -> tuple[int, str]:
    """(exit code, everything it said) of `harness` with these arguments, without a terminal; -9 after `timeout` s."""
    server = _server()
    with tempfile.TemporaryFile() as said:
        task = json.dumps({"args": args, "cwd": str(cwd), "env": env}).encode()
        socket.send_fds(server, [_LENGTH.pack(len(task))], [said.fileno()])
        server.sendall(task)
        pid = _NUMBER.unpack(_exactly(server, _NUMBER.size))[0]
        if not select.select([server], [], [], timeout)[0]:
            os.kill(pid, signal.SIGKILL)
        code = _NUMBER.unpack(_exactly(server, _NUMBER.size))[0]
        said.seek(0)
        return code, said.read().decode()


@cache
def _server() -> socket.socket:
    """The process that is forked from, one for each process of tests; it ends when the socket closes."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.warm", str(theirs.fileno())], cwd=ROOT, pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    atexit.register(lambda: (ours.close(), process.wait(10)))
    return ours


def _exactly(link: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = link.recv(size - len(data))
        if not part:
            raise EOFError("the other side has ended")
        data += part
    return data


def serve(link: socket.socket) -> None:
    """Fork for every call until the tests' process is gone."""
    from harness.cli.main import COMMANDS

    for module in {module for module, _ in COMMANDS.values()}:
        importlib.import_module(f"harness.cli.{module}")
    importlib.import_module("harness.llm.claude")
    gc.freeze()
    while True:
        head, fds, _, _ = socket.recv_fds(link, _LENGTH.size, 1)
        if not head:
            return
        task = json.loads(_exactly(link, _LENGTH.unpack(head)[0]))
        pid = os.fork()
        if not pid:
            link.close()
            _run(task, fds[0])
        os.close(fds[0])
        link.sendall(_NUMBER.pack(pid))
        link.sendall(_NUMBER.pack(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])))


def _run(task: dict[str, object], said: int) -> NoReturn:
    """Become the command."""
    from harness.cli.main import cli

    code = 1
    try:
        os.environ.clear()
        os.environ.update(dict(task["env"]))  # type: ignore[call-overload]
        os.chdir(str(task["cwd"]))
        for fd in (1, 2):
            os.dup2(said, fd)
        os.close(said)
        sys.argv = ["harness", *list(task["args"])]  # type: ignore[call-overload]
        code = cli()
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as found:
        serve(found)
