"""The start-up self-test, from inside: a script that tries to break out, and prints as JSON what it managed.

`python -I -S attack.py OUTSIDE SECRET PORT ABSTRACT TOKEN`: a host directory to write to, a host file to read, a host
port and abstract socket to reach, and a word that the daemon it leaves behind carries in its arguments.
"""

from __future__ import annotations

import json
import os
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


def reached(port: int, abstract: str) -> list[str]:
    """The sockets of the host that answered."""
    found = []
    for family, address in ((socket.AF_INET, ("127.0.0.1", port)), (socket.AF_UNIX, f"\0{abstract}")):
        with socket.socket(family) as client:
            client.settimeout(_SECONDS)
            if client.connect_ex(address) == 0:
                found.append(str(port if family == socket.AF_INET else abstract))
    return found


def rights() -> dict[str, str]:
    """What the kernel says of this process."""
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
    outside, hidden, port, abstract, token = arguments
    with open("proof", "w", encoding="ascii") as file:
        file.write(token)
    quiet = subprocess.DEVNULL
    script = ["/bin/sh", "-c", "sleep 60; :", token]
    subprocess.Popen(script, start_new_session=True, stdin=quiet, stdout=quiet, stderr=quiet)
    report = {
        "uid": os.getuid(),
        "written": written(outside),
        "secret": secret(hidden),
        "reached": reached(int(port), abstract),
        "rights": rights(),
        "namespace": namespace(),
        "environment": sorted(os.environ),
    }
    print(json.dumps(report))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
