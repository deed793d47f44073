"""Finds the sandbox that holds on this machine, by attacking it."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.domain.digest import digest
from harness.errors import Mistake
from harness.ports import Level, Sandbox
from harness.sandbox import landlock, seatbelt
from harness.sandbox.bwrap import Bubblewrap, Tools
from harness.sandbox.confined import Confined
from harness.sandbox.copies import Copies
from harness.sandbox.none import NoSandbox
from harness.sandbox.selftest import weakness

_DIRECTORIES = "/usr/bin:/bin:/usr/sbin:/sbin"
"""Where the distribution puts its programs: AppArmor profiles go by these paths, and the sandbox mounts them."""
_NAMES = {3: "bubblewrap", 2: "Landlock"}
_HELD = {level: f"{name} held against the self-test's attacks" for level, name in _NAMES.items()}
_DECLARED = "this machine was declared disposable: commands are confined by nothing but their limits"
_INSTALL = "run `sudo apt-get install bubblewrap util-linux`"


@dataclass(frozen=True, slots=True)
class Found:
    """The sandbox of this machine, and why it is none of a higher level."""

    sandbox: Sandbox
    missed: tuple[tuple[int, str], ...]
    """(level, why not, with what raises it), the highest first."""


def open_sandbox(cache: Path | None = None, *, highest: Level = 3, disposable: bool = False) -> Sandbox:
    """The best sandbox that holds here. A self-test that held is remembered in the directory `cache`, for this boot.

    There, too, lie copies of toolchains that root's commands could not read otherwise.
    A self-test that failed is never remembered, so that mending the machine takes effect at once. `highest` is the best
    level to try. `disposable`: the user declared on the command line that this machine is, so that commands may run
    without a sandbox where there is none.
    """
    return find_sandbox(cache, highest=highest, disposable=disposable).sandbox


def find_sandbox(cache: Path | None = None, *, highest: Level = 3, disposable: bool = False) -> Found:
    """As `open_sandbox`, with what was found out about the levels above."""
    missed: list[tuple[int, str]] = []
    levels: tuple[tuple[Level, Callable[[str], Sandbox]], ...] = (
        (3, lambda why: _namespaces(why, cache)),
        (2, lambda why: Confined(2, why, known=_landlock())),
    )
    for level, make in levels:
        if level > highest:
            continue
        try:
            return Found(_held(make("; ".join([_HELD[level], *(why for _, why in missed)])), cache), tuple(missed))
        except Mistake as error:
            missed.append((level, str(error)))
    if disposable and highest:
        return Found(Confined(1, _DECLARED, known=0), tuple(missed))
    return Found(
        NoSandbox(
            missed[0][1] if missed else "no level above 1 was asked for, and this machine was not declared disposable"
        ),
        tuple(missed),
    )


def _held(sandbox: Sandbox, cache: Path | None) -> Sandbox:
    """`sandbox`, once the attacks have failed; Mistake where one did not."""
    mark = cache / f"sandbox-{sandbox.level}-{_key()}" if cache is not None else None
    if mark is not None and mark.is_file():
        return sandbox
    weak = weakness(sandbox)
    if weak:
        raise Mistake(f"{_NAMES[sandbox.level]} does not hold here ({weak}); {_remedy(sandbox.level)}")
    if mark is not None:
        mark.parent.mkdir(parents=True, exist_ok=True)
        for old in mark.parent.glob(f"sandbox-{sandbox.level}-*"):
            old.unlink(missing_ok=True)
        mark.touch()
    return sandbox


def _namespaces(why: str, cache: Path | None) -> Sandbox:
    """Level 3; Mistake where its programs are missing."""
    if sys.platform == "darwin":
        return _seatbelt(why.replace(_NAMES[3], "Seatbelt", 1))
    _linux()
    return Bubblewrap(_tools(), why, Copies(cache / "toolchains") if cache is not None else None)


def _seatbelt(why: str) -> Sandbox:
    """Level 3 on macOS, untested; Mistake where it can't be tried."""
    if not Path(seatbelt.PROGRAM).exists():
        raise Mistake(f"{seatbelt.PROGRAM} is missing: use Linux to run commands and gates")
    if os.getuid() == 0:
        raise Mistake("on macOS commands run as the harness's own user: start it as an ordinary one")
    return seatbelt.Seatbelt(f"{why} (untested: no release was ever tried on macOS)")


def _landlock() -> int:
    """The kernel's version of Landlock; Mistake where it is too old."""
    _linux()
    known = landlock.version()
    if known >= landlock.OLDEST:
        return known
    if known:
        raise Mistake(f"the kernel's Landlock is of version {known}, too old: use Linux 6.2 or later")
    raise Mistake(
        "the kernel has no Landlock, or it is switched off: use Linux 6.2 or later, started with `landlock` in `lsm=`"
    )


def _linux() -> None:
    if sys.platform != "linux":
        system = "macOS" if sys.platform == "darwin" else platform.system()
        raise Mistake(f"{system} has no Landlock; use Linux to run commands and gates")


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
    """What a self-test's result depends on: boot, user and rights, programs, interpreter, the sandbox's own code."""
    programs = [shutil.which(name, path=_DIRECTORIES) or "" for name in ("bwrap", "prlimit", "setpriv")]
    code = sorted(str(path) for path in Path(__file__).parent.glob("*.py"))
    return digest(
        {
            "boot": _boot(),
            "user": os.getuid(),
            "files": [[path, *_stamp(path)] for path in (*programs, sys.executable, *code) if path],
            "kernel": [_setting(path) for path in _SETTINGS],
            "rights": [line for line in _setting("/proc/self/status").splitlines() if line.startswith(_RIGHTS)],
            "namespace": os.readlink("/proc/self/ns/user") if sys.platform == "linux" else "",
        }
    )


def _boot() -> str:
    """What is another word after each start of the machine."""
    if sys.platform == "linux":
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    asked = ["/usr/sbin/sysctl", "-n", "kern.boottime"]
    return subprocess.run(asked, capture_output=True, text=True, timeout=10, check=False).stdout


_RIGHTS = ("Cap", "NoNewPrivs", "Seccomp:")
"""What a container may take from a process."""


def _stamp(path: str) -> tuple[int, int, int]:
    found = os.stat(path)
    return found.st_ino, found.st_size, found.st_mtime_ns


_SETTINGS = {
    "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": (
        "1",
        "let bubblewrap make user namespaces: `sudo apt-get install apparmor-profiles && sudo ln -s "
        "/usr/share/apparmor/extra-profiles/bwrap-userns-restrict /etc/apparmor.d/ && sudo apparmor_parser -r "
        "/etc/apparmor.d/bwrap-userns-restrict`, or for all programs until the next start: "
        "`sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`",
    ),
    "/proc/sys/kernel/unprivileged_userns_clone": ("0", "run `sudo sysctl -w kernel.unprivileged_userns_clone=1`"),
    "/proc/sys/user/max_user_namespaces": ("0", "run `sudo sysctl -w user.max_user_namespaces=10000`"),
}  # fmt: skip
"""Kernel settings that keep ordinary users from making a sandbox: the bad value, and what changes it."""
_CONTAINERS = ("/.dockerenv", "/run/.containerenv")
_CONTAINER = (
    "start the container with `docker run --cap-add SYS_ADMIN --security-opt seccomp=unconfined "
    "--security-opt apparmor=unconfined --security-opt systempaths=unconfined`"
)


def _setting(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _remedy(level: int) -> str:
    """The command that most likely helps."""
    if level == 2:
        return "use Linux 6.2 or later, in a container one whose profile lets programs set up Landlock and seccomp"
    if os.getuid() == 0 or any(Path(mark).exists() for mark in _CONTAINERS):
        return _CONTAINER
    for path, (bad, command) in _SETTINGS.items():
        if _setting(path) == bad:
            return command
    return _INSTALL
