"""The start-up self-test, from outside: sets the targets up, lets the attacks run, and judges what came of them."""

from __future__ import annotations

import json
import os
import secrets
import shlex
import socket
import tempfile
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.ports import Command, Limits, Sandbox
from harness.sandbox.toolchain import interpreter, unreadable

_ATTACK = Path(__file__).with_name("attack.py")
_LIMITS = Limits(wall=20)


def weakness(sandbox: Sandbox) -> str:
    """Why `sandbox` can't be relied on, in words for a person; '' if every attack failed."""
    token = secrets.token_hex(16)
    with tempfile.TemporaryDirectory(prefix="harness-selftest-") as made, socket.socket() as tcp:
        base = Path(made).resolve()
        tree, outside = base / "tree", base / "outside"
        tree.mkdir()
        outside.mkdir(mode=0o777)
        hidden = base / "secret"
        hidden.write_text(token, encoding="ascii")
        (tree / "attack.py").write_bytes(_ATTACK.read_bytes())
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        with socket.socket(socket.AF_UNIX) as abstract:
            abstract.bind(f"\0{token}")
            abstract.listen()
            words = [str(outside), str(hidden), str(tcp.getsockname()[1]), token, token]
            return _judge(sandbox, tree, words, token)


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
    if any((tree.parent / "outside").iterdir()):
        return "a command wrote outside its directory"
    return _verdict(report)


def _verdict(report: dict[str, Any]) -> str:
    """The first attack of the inside report that went through, or ''."""
    rights = report["rights"]
    checks = {
        f"a command wrote {', '.join(report['written'])}": bool(report["written"]),
        "a command read a file outside": bool(report["secret"]),
        f"a command reached {', '.join(report['reached'])} outside": bool(report["reached"]),
        "a command ran as root": report["uid"] == 0,
        "a command kept privileges": bool(int(rights["CapEff"], 16)) or rights["NoNewPrivs"] != "1",
        "the system-call filter was not in force": rights["Seccomp"] != "2",
        "a command could make a user namespace": bool(report["namespace"]),
        "a command saw the harness's environment": "ANTHROPIC_API_KEY" in report["environment"],
    }
    return next((sentence for sentence, broken in checks.items() if broken), "")


def _carrying(token: str) -> list[int]:
    """Processes of the host that carry `token` in their arguments."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                arguments = Path("/proc", name, "cmdline").read_bytes()
            except OSError:
                continue
            if token.encode() in arguments:
                found.append(int(name))
    return found
