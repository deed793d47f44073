"""macOS: Seatbelt, by `sandbox-exec` with a profile made for each command.

UNTESTED: written by the documentation, and never run on macOS. Only the profile's text is under test. The start-up
self-test attacks it as it does the others, so that a sandbox that does not hold is not used.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from harness.errors import Mistake
from harness.ports import Command, Inside, Level, Outcome
from harness.sandbox import mounts
from harness.sandbox.belted import Belted
from harness.sandbox.forward import forwarding
from harness.sandbox.links import link
from harness.sandbox.output import Renamed
from harness.sandbox.own import Own
from harness.sandbox.place import place
from harness.sandbox.toolchain import interpreter

PROGRAM = "/usr/bin/sandbox-exec"
_SHELL = "/bin/bash"
_SYSTEM = (
    "/bin", "/sbin", "/usr/bin", "/usr/lib", "/usr/libexec", "/usr/local", "/usr/sbin", "/usr/share", "/opt/homebrew",
    "/System/Library", "/System/Volumes/Preboot/Cryptexes", "/Library/Developer", "/Library/Frameworks",
    "/private/etc/ssl", "/private/var/db/dyld", "/private/var/db/timezone",
)  # fmt: skip
_DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
_FILES = ("/private/etc/localtime", "/private/etc/passwd", "/private/etc/group", "/private/etc/services", "/dev/fd")


def quoted(path: Path) -> str:
    """A path as a string of the profile's language; Mistake for a character that has no safe spelling in it."""
    text = str(path)
    if not text.isprintable() or not path.is_absolute():
        raise Mistake(f"{text!r} can't be named to the sandbox: use an absolute path without control characters")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def profile(writable: Sequence[Path], readable: Sequence[Path]) -> str:
    """What a command may do: everything else is refused, the network whole."""
    read = " ".join(f"(subpath {quoted(path)})" for path in (*map(Path, _SYSTEM), *readable))
    files = " ".join(f"(literal {quoted(Path(path))})" for path in ("/", *_FILES, *_DEVICES))
    write = " ".join(f"(subpath {quoted(path)})" for path in writable)
    devices = " ".join(f"(literal {quoted(Path(path))})" for path in _DEVICES)
    return "\n".join(
        [
            "(version 1)",
            "(deny default)",
            "(allow process-fork)",
            "(allow process-exec)",
            "(allow process-info* (target same-sandbox))",
            "(allow signal (target same-sandbox))",
            "(allow sysctl-read)",
            "(allow file-read-metadata)",
            f"(allow file-read* {read} {files})",
            f"(allow file-read* file-write* {write})",
            f"(allow file-write-data {devices})",
            "(deny network*)",
            "",
        ]
    )


class Seatbelt:
    """Runs commands in Seatbelt, as the harness's own user, in directories that lie where they lie. No network."""

    level: Level
    why: str
    network: bool

    def __init__(self, why: str) -> None:
        self.level = 3
        self.why = why
        self.network = False
        self._python, self._installation = interpreter()
        self._own = Own(place())

    def inside(self, command: Command) -> Inside:
        """The directories' own paths."""
        pairs = ((command.tree, mounts.WORK), (command.out, mounts.OUT), (command.sockets, mounts.SOCKETS))
        return Inside(*(str(path.resolve()) if path else name for path, name in pairs))

    def run(self, command: Command) -> Outcome:
        """Run to the end or a limit."""
        return self.start(command).wait()

    def start(self, command: Command) -> Belted:
        """Run in the background; Mistake if a directory can't be named to the sandbox."""
        home, temporary = self._own.make(-1)
        given = (command.tree, command.out, command.sockets, home, temporary)
        writable = tuple(path.resolve() for path in given if path is not None)
        inside = self.inside(command)
        pairs = ((inside.work, mounts.WORK), (inside.out, mounts.OUT), (str(home), mounts.HOME))
        names = {os.fsencode(path): os.fsencode(name) for path, name in pairs if path != name}
        try:
            link(command)
            rules = profile(writable, [path.resolve() for path in (*self._installation, *command.read)])
            limits = command.limits
            most = f"ulimit -t {limits.cpu} -f {limits.file >> 9} -n {limits.open_files} -c 0 -u {limits.processes}"
            argv = [PROGRAM, "-p", rules, _SHELL, "-c", f'{most}; exec {_SHELL} -c "$0"', command.shell]
            env = {**mounts.ENVIRONMENT, **command.env, "HOME": str(home), "TMPDIR": str(temporary)}
            process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0, env=env,
                cwd=command.tree, start_new_session=True,
            )  # fmt: skip
        except BaseException as error:
            self._own.remove(home.parent)
            if isinstance(error, OSError | ValueError):
                raise Mistake(f"The sandbox could not be started: {error}") from error
            raise
        return Belted(process, limits, writable, Renamed(names), lambda: self._own.remove(home.parent))

    def forward(self, *, listen: str, to: str) -> str:
        """Mistake: without a network no service can run."""
        forwarding([], listen, to)
        raise Mistake("no service can run in this sandbox: it has no network of its own")
