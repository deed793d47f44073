"""The start-up self-test, from inside: a script that tries to break out, and prints as JSON what it managed.

`python -I -S attack.py OUTSIDE SECRET PORT ABSTRACT TOKEN VICTIM`: a host directory to write to, a host file to read, a
host port and an abstract socket to reach beside OUTSIDE/socket, a word that the daemon it leaves behind carries in its
arguments, and a host process to read and to kill.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import socket
import subprocess
import sys

_TARGETS = ("/usr/planted", "/etc/planted", "/planted", "/dev/planted", "/harness/planted")
_SECONDS = 0.5


def written(outside: str) -> list[str]:
    """The places outside the sandbox's own directories that could be written."""
    found = []
    for path in (f"{outside}/planted", *_TARGETS):
        try:
            with open(path, "w", encoding="ascii") as file:
                file.write("planted")
            found.append(path)
        except OSError:
            continue
    return found


def secret(path: str) -> str:
    """The text of a file outside; '' if it can't be read."""
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except OSError:
        return ""


def reached(port: int, abstract: str, path: str) -> list[str]:
    """The sockets of the host that answered."""
    found = []
    inet: list[tuple[int, str | tuple[str, int]]] = [(socket.AF_INET, ("127.0.0.1", port))]
    for family, address in (*inet, (socket.AF_UNIX, f"\0{abstract}"), (socket.AF_UNIX, path)):
        try:
            with socket.socket(family) as client:
                client.settimeout(_SECONDS)
                if client.connect_ex(address) == 0:
                    found.append(str(port if family == socket.AF_INET else address).replace("\0", "@"))
        except OSError:
            continue
    # One end of a pair of datagram sockets could be joined to something else.
    with contextlib.suppress(OSError):
        pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        if pair[0].connect_ex(f"{path}-datagram") == 0:
            found.append(f"{path}-datagram")
    return found


def changed(path: str) -> list[str]:
    """What could be changed of a file outside without opening it."""
    found = []
    with contextlib.suppress(OSError):
        os.chmod(path, 0o777)
        found.append("mode")
    with contextlib.suppress(OSError):
        os.utime(path, (1, 1))
        found.append("times")
    return found


def victim(pid: int) -> list[str]:
    """What could be done to a process of the host. Inside, its number may be that of one of our own."""
    own = os.getpid(), os.getppid()
    if pid in own:
        return []
    found = []
    with contextlib.suppress(OSError), open(f"/proc/{pid}/environ", "rb") as file:
        found += ["environment"] if b"PLANTED" in file.read() else []
    if not hasattr(resource, "prlimit"):
        return found
    with contextlib.suppress(OSError):
        resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGKILL)
    return found


def rights() -> dict[str, str]:
    """What the kernel says of this process; nothing where it is not Linux."""
    if not sys.platform.startswith("linux"):
        return {}
    with open("/proc/self/status", encoding="ascii") as file:
        rows = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    return {name: rows.get(name, "") for name in ("CapEff", "CapBnd", "NoNewPrivs", "Seccomp")}


def namespace() -> bool:
    """Whether a new user namespace could be made."""
    try:
        return subprocess.run(["unshare", "--user", "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def main(arguments: list[str]) -> int:
    """Attack, leave a daemon behind, report."""
    outside, hidden, port, abstract, token, pid = arguments
    with open("proof", "w", encoding="ascii") as file:
        file.write(token)
    quiet = subprocess.DEVNULL
    script = ["/bin/sh", "-c", "sleep 60; :", token]
    subprocess.Popen(script, start_new_session=True, stdin=quiet, stdout=quiet, stderr=quiet)
    report = {
        "uid": os.getuid(),
        "written": written(outside),
        "secret": secret(hidden),
        "reached": reached(int(port), abstract, f"{outside}/socket"),
        "changed": changed(f"{outside}/file"),
        "victim": victim(int(pid)),
        "rights": rights(),
        "namespace": namespace(),
        "environment": sorted(os.environ),
    }
    print(json.dumps(report))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
