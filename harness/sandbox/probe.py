"""Finds the sandbox that holds on this machine, by attacking it."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from harness.domain.digest import digest
from harness.errors import Mistake
from harness.ports import Sandbox
from harness.sandbox.bwrap import Bubblewrap, Tools
from harness.sandbox.copies import Copies
from harness.sandbox.none import NoSandbox
from harness.sandbox.selftest import weakness

_DIRECTORIES = "/usr/bin:/bin:/usr/sbin:/sbin"
"""Where the distribution puts its programs: AppArmor profiles go by these paths, and the sandbox mounts them."""
_HELD = "bubblewrap held against the self-test's attacks"
_INSTALL = "run `sudo apt-get install bubblewrap util-linux`"


def open_sandbox(cache: Path | None = None) -> Sandbox:
    """The best sandbox that holds here. A self-test that held is remembered in the directory `cache`, for this boot.

    There, too, lie copies of toolchains that root's commands could not read otherwise.
    A self-test that failed is never remembered, so that mending the machine takes effect at once.
    """
    if sys.platform != "linux":
        system = "macOS" if sys.platform == "darwin" else platform.system()
        return NoSandbox(f"the command sandbox for {system} is not there yet; use Linux to run commands and gates")
    try:
        copies = Copies(cache / "toolchains") if cache is not None else None
        sandbox = Bubblewrap(_tools(), _HELD, copies)
    except Mistake as error:
        return NoSandbox(str(error))
    mark = cache / f"sandbox-{_key()}" if cache is not None else None
    if mark is not None and mark.is_file():
        return sandbox
    weak = weakness(sandbox)
    if weak:
        return NoSandbox(f"bubblewrap does not hold here ({weak}); {_remedy()}")
    if mark is not None:
        mark.parent.mkdir(parents=True, exist_ok=True)
        for old in mark.parent.glob("sandbox-*"):
            old.unlink(missing_ok=True)
        mark.touch()
    return sandbox


def _tools() -> Tools:
    """The programs of level 3; Mistake with the command that installs what is missing."""
    found = {name: shutil.which(name, path=_DIRECTORIES) or "" for name in ("bwrap", "prlimit", "setpriv")}
    needed = ("bwrap", "prlimit", "setpriv") if os.getuid() == 0 else ("bwrap", "prlimit")
    missing = [name for name in needed if not found[name]]
    if missing:
        names = {"bwrap": "bubblewrap"}
        raise Mistake(f"{' and '.join(names.get(name, name) for name in missing)} is not installed: {_INSTALL}")
    answer = subprocess.run([found["bwrap"], "--version"], capture_output=True, text=True, timeout=10, check=False)
    version = [int(part) for part in answer.stdout.split()[-1].split(".") if part.isdigit()] if answer.stdout else []
    return Tools(found["bwrap"], found["prlimit"], found["setpriv"], version >= [0, 8])


def _key() -> str:
    """What a self-test's result depends on: boot, user, programs, interpreter, and the sandbox's own code."""
    programs = [shutil.which(name, path=_DIRECTORIES) or "" for name in ("bwrap", "prlimit", "setpriv")]
    code = sorted(str(path) for path in Path(__file__).parent.glob("*.py"))
    return digest(
        {
            "boot": Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip(),
            "user": os.getuid(),
            "files": [[path, *_stamp(path)] for path in (*programs, sys.executable, *code) if path],
            "kernel": [_setting(path) for path in _SETTINGS],
        }
    )


def _stamp(path: str) -> tuple[int, int, int]:
    found = os.stat(path)
    return found.st_ino, found.st_size, found.st_mtime_ns


_SETTINGS = {
    "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": (
        "1", "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
    ),
    "/proc/sys/kernel/unprivileged_userns_clone": ("0", "sudo sysctl -w kernel.unprivileged_userns_clone=1"),
    "/proc/sys/user/max_user_namespaces": ("0", "sudo sysctl -w user.max_user_namespaces=10000"),
}  # fmt: skip
"""Kernel settings that keep ordinary users from making a sandbox: the bad value, and the command that changes it."""


def _setting(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _remedy() -> str:
    """The command that most likely helps."""
    if os.getuid() == 0:
        return (
            "start the container with `docker run --cap-add SYS_ADMIN --security-opt seccomp=unconfined "
            "--security-opt apparmor=unconfined --security-opt systempaths=unconfined`"
        )
    for path, (bad, command) in _SETTINGS.items():
        if _setting(path) == bad:
            return f"run `{command}`"
    return _INSTALL
