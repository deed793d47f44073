"""What the driver holds in memory stays there: no dump of it is written, and no other process of the user reads it."""

from __future__ import annotations

import subprocess
import sys


def said(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd="/")
    return done.stdout


def test_no_dump_is_written() -> None:
    code = (
        "import resource, sys\nfrom harness.cli.main import cli\nsys.argv = ['harness', '--version']\ncli()\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE))"
    )
    assert said(code).splitlines()[-1] == "(0, 0)"


def test_the_process_is_closed() -> None:
    code = "import ctypes\nfrom harness.cli.closed import close\nget = lambda: ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)\n"
    closed = "1\n0\n" if sys.platform == "linux" else "1\n1\n"
    assert said(f"{code}print(get())\nclose()\nprint(get())") == closed
