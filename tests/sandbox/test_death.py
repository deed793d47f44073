"""A harness that dies takes its commands with it."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

from harness.ports import Sandbox

HARNESS = """
import signal, sys, threading
from pathlib import Path
from harness.ports import Command
from harness.sandbox.probe import open_sandbox
# a shell that starts the tests in the background has them ignore it
signal.signal(signal.SIGINT, signal.default_int_handler)
sandbox = open_sandbox(Path(sys.argv[1]), highest=int(sys.argv[4]))
started = []
thread = threading.Thread(target=lambda: started.append(sandbox.start(Command(sys.argv[3], Path(sys.argv[2])))))
thread.start()
thread.join()
print("up", flush=True)
started[0].wait()
"""


def _alive(token: str) -> bool:
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and token.encode() in Path("/proc", name, "cmdline").read_bytes():
                return True
        except OSError:
            continue
    return False


def _until(wanted: bool, token: str) -> bool:
    deadline = time.monotonic() + 5
    while _alive(token) != wanted and time.monotonic() < deadline:
        time.sleep(0.01)
    return _alive(token) == wanted


def _end(tree: Path, cache: Path, level: int, how: signal.Signals) -> None:
    token = secrets.token_hex(8)
    # The token is put together inside, so that the harness itself does not carry it.
    shell = f't={token[:8]}; setsid sh -c "sleep 60; : ${{t}}{token[8:]}" & sleep 60'
    root = Path(__file__).parents[2]
    argv = [sys.executable, "-c", HARNESS, str(cache), str(tree), shell, str(level)]
    with subprocess.Popen(argv, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as harness:
        assert harness.stdout is not None
        assert harness.stdout.readline() == b"up\n"
        assert _until(True, token)
        harness.send_signal(how)
        harness.wait(10)
    assert _until(False, token)


def test_killed(sandbox: Sandbox, tree: Path, tmp_path: Path) -> None:
    _end(tree, tmp_path / "cache", sandbox.level, signal.SIGKILL)


def test_interrupted(sandbox: Sandbox, tree: Path, tmp_path: Path) -> None:
    _end(tree, tmp_path / "cache", sandbox.level, signal.SIGINT)
