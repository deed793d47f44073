"""The start-up self-test, from outside: sets the targets up, lets the attacks run, and judges what came of them."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import secrets
import shlex
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.ports import Command, Limits, Sandbox
from harness.sandbox.place import place
from harness.sandbox.toolchain import interpreter, unreadable

_ATTACK = Path(__file__).with_name("attack.py")
_LIMITS = Limits(wall=60)


def weakness(sandbox: Sandbox) -> str:
    """Why `sandbox` can't be relied on, in words for a person; '' if every attack failed."""
    token = secrets.token_hex(16)
    # Without mounts, what commands work in must lie where their user can pass.
    where = place() if sandbox.level < 3 else None
    with tempfile.TemporaryDirectory(prefix="harness-selftest-", dir=where) as made, contextlib.ExitStack() as stack:
        base = Path(made).resolve()
        tree, outside = base / "tree", base / "outside"
        tree.mkdir()
        outside.mkdir(mode=0o777)
        base.chmod(0o711)
        hidden = base / "secret"
        hidden.write_text(token, encoding="ascii")
        (tree / "attack.py").write_bytes(_ATTACK.read_bytes())
        port = _targets(outside, token, stack)
        victim = stack.enter_context(_victim())
        before = _marks(outside)
        words = [str(outside), str(hidden), str(port), token, token, str(victim.pid)]
        weak = _judge(sandbox, tree, words, token)
        if weak:
            return weak
        if _marks(outside) != before:
            return "a command wrote or changed something outside its directory"
        return "" if _unharmed(victim) else "a command killed or changed a process outside"


def _targets(outside: Path, token: str, stack: contextlib.ExitStack) -> int:
    """Sockets and a file of the host; the port of the one that the network leads to."""
    (outside / "file").write_text("outside", encoding="ascii")
    tcp = stack.enter_context(socket.socket())
    tcp.bind(("127.0.0.1", 0))
    tcp.listen()
    for address in ([f"\0{token}"] if sys.platform == "linux" else []) + [str(outside / "socket")]:
        server = stack.enter_context(socket.socket(socket.AF_UNIX))
        server.bind(address)
        server.listen()
    datagram = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
    datagram.bind(str(outside / "socket-datagram"))
    for name in ("socket", "socket-datagram"):
        (outside / name).chmod(0o777)
    return int(tcp.getsockname()[1])


@contextlib.contextmanager
def _victim() -> Iterator[subprocess.Popen[bytes]]:
    """A process of the harness's own user, which outlives the self-test's limit."""
    process = subprocess.Popen(["sleep", "120"], env={"PATH": "/usr/bin:/bin", "PLANTED": "1"}, start_new_session=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _unharmed(victim: subprocess.Popen[bytes]) -> bool:
    """Whether the process runs, with the limits that it had."""
    if victim.poll() is not None:
        return False
    own = resource.getrlimit(resource.RLIMIT_CORE)
    return not hasattr(resource, "prlimit") or resource.prlimit(victim.pid, resource.RLIMIT_CORE) == own


def _marks(outside: Path) -> dict[str, tuple[int, float]]:
    """name -> (mode, time) of what lies outside; whoever connects changes neither."""
    return {path.name: (path.stat().st_mode, path.stat().st_mtime) for path in outside.iterdir()}


def _judge(sandbox: Sandbox, tree: Path, words: list[str], token: str) -> str:
    shell = shlex.join([str(interpreter()[0]), "-I", "-S", "attack.py", *words])
    try:
        outcome = sandbox.run(Command(shell, tree, limits=_LIMITS))
    except HarnessError as error:
        return str(error)
    # At once: what outlives the command by a moment is caught too.
    survivors = _carrying(token)
    try:
        report = json.loads(outcome.output)
    except ValueError:
        closed = next((reason for path in interpreter()[1] if (reason := unreadable(path))), "")
        return closed or f"the self-test did not run: {outcome.output.strip()[-300:] or outcome.limit or outcome.code}"
    if survivors:
        return f"a process outlived its command: {survivors}"
    if not (tree / "proof").is_file() or (tree / "proof").read_text(encoding="ascii") != token:
        return "a command could not write its own directory"
    if (tree.parent / "outside" / "planted").exists():
        return "a command wrote outside its directory"
    return _verdict(report)


def _verdict(report: dict[str, Any]) -> str:
    """The first attack of the inside report that went through, or ''."""
    rights = report["rights"]
    checks = {
        f"a command wrote {', '.join(report['written'])}": bool(report["written"]),
        "a command read a file outside": bool(report["secret"]),
        f"a command reached {', '.join(report['reached'])} outside": bool(report["reached"]),
        f"a command changed the {' and the '.join(report['changed'])} of a file outside": bool(report["changed"]),
        "a command read the environment of a process outside": bool(report["victim"]),
        "a command ran as root": report["uid"] == 0,
        "a command kept privileges": bool(rights) and (bool(int(rights["CapEff"], 16)) or rights["NoNewPrivs"] != "1"),
        "the system-call filter was not in force": bool(rights) and rights["Seccomp"] != "2",
        "a command could make a user namespace": bool(report["namespace"]),
        "a command saw the harness's environment": "ANTHROPIC_API_KEY" in report["environment"],
    }
    return next((sentence for sentence, broken in checks.items() if broken), "")


def _carrying(token: str) -> list[int]:
    """Processes of the host that carry `token` in their arguments."""
    found: list[int] = []
    if sys.platform != "linux":
        asked = ["/bin/ps", "-axo", "pid=,command="]
        said = subprocess.run(asked, capture_output=True, text=True, timeout=10, check=False).stdout
        return [int(line.split(None, 1)[0]) for line in said.splitlines() if token in line]
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                arguments = Path("/proc", name, "cmdline").read_bytes()
            except OSError:
                continue
            if token.encode() in arguments:
                found.append(int(name))
    return found
