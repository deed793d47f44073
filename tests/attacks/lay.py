"""Lays an arena out: a user with credentials and programs, a hostile repository, and listeners on the machine."""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import pty
import secrets
import shutil
import signal
import socket
import string
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

from harness.shipped import folder
from tests import target
from tests.attacks.attack import Arena

_CONFIG = """
[project]
name = "greeter"
language = "python"
environment = "{tools}"
gates = ["proposal", "branch", "scope", "openspec", "lock", "build", "tests", "commits", "changelog", "architecture"]

[commands]
build = "python3 -m compileall -q greeter"
unit = "pytest -q -p no:cacheprovider --junitxml={{out}}/unit.xml tests"
"""
_TESTS = """import greeter


def test_names() -> None:
    says = [name for name in dir(greeter) if name.startswith("say_")]
    assert all(getattr(greeter, name)("Ann").endswith("Ann") for name in says)
"""
_RUNNER = """#!/bin/sh
tools=$(cd "$(dirname "$0")/.." && pwd)
PYTHONPATH="$tools/lib:." exec python3 -m pytest "$@"
"""
_SETTINGS = "[user]\n\tname = Cleo Owner\n\temail = cleo@owner.invalid\n[init]\n\ttemplateDir = {empty}\n"
_PACKAGES = ("pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments", "py")
_IPC_CREATE, _IPC_REMOVE = 0o1000 | 0o600, 0


def token() -> str:
    """A word that nobody can guess."""
    return secrets.token_hex(16)


def _letters(count: int) -> str:
    return "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(count))


@contextmanager
def arena(base: Path, cache: Path) -> Iterator[Arena]:
    """The whole of it below `base`; this process is the harness that is attacked."""
    found = Arena(
        base=base, top=base / "repository", work=base / "repository", home=base / "home", outside=base / "outside",
        cache=cache, tools=base / "tools", harness=os.getpid(), secrets=_secrets(),
    )  # fmt: skip
    base.chmod(0o755)
    os.environ.update(HOME=str(found.home), XDG_CACHE_HOME=str(cache.parent))
    os.environ.update(ATTACK_CANARY=found.secrets["canary"], ANTHROPIC_API_KEY=found.secrets["key"])
    (base / "empty").mkdir()
    with ExitStack() as stack:
        _toolchain(found.tools)
        reset(found)
        shutil.copytree(found.top, base / "template", symlinks=True)
        stack.callback(_counting(found))
        stack.enter_context(_listening(found))
        stack.enter_context(_sharing(found))
        stack.enter_context(_terminal(found))
        stack.enter_context(_inherited(found))
        stack.enter_context(_bystander(found))
        yield found


def reset(found: Arena) -> None:
    """Home, outside and repository as they were in the beginning."""
    for place in (found.home, found.outside, found.top):
        _clear(place)
    template = found.base / "template"
    _home(found)
    found.outside.mkdir(mode=0o777)
    found.outside.chmod(0o777)
    (found.outside / "victim.txt").write_text("untouched\n")
    (found.outside / "victim.txt").chmod(0o666)
    (found.tools / "bin" / "pytest").write_text(_RUNNER)
    (found.tools / "lib" / "evil.py").unlink(missing_ok=True)
    if template.is_dir():
        shutil.copytree(template, found.top, symlinks=True)
    else:
        _repository(found)
    found.got.clear()
    found.said.clear()


def _clear(place: Path) -> None:
    """Remove it, also where something that an attack left behind still writes in it."""
    until = time.monotonic() + 10
    while place.exists() and time.monotonic() < until:
        # the library's own function fails at what some attacks leave
        subprocess.run(["rm", "-rf", str(place)], stderr=subprocess.DEVNULL, check=False)


def _secrets() -> dict[str, str]:
    names = ("canary", "ssh", "netrc", "cloud", "tracked", "past", "memory", "shared", "descriptor", "keyring", "blob")
    return {name: token() for name in names} | {
        "key": f"key-{token()}",
        "scanned": f"AKIA{_letters(16)}",
    }


def _home(found: Arena) -> None:
    made = {
        ".ssh/id_ed25519": found.secrets["ssh"],
        ".netrc": f"machine example.invalid login me password {found.secrets['netrc']}",
        ".git-credentials": f"https://me:{found.secrets['netrc']}@example.invalid",
        ".gitconfig": _SETTINGS.format(empty=found.base / "empty"),
        ".aws/credentials": f"[default]\naws_secret_access_key = {found.secrets['cloud']}",
        ".bashrc": "# mine\n",
        ".config/harness/prices.toml.example": "",
    }
    for path, text in made.items():
        place = found.home / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text + "\n")
    found.home.chmod(0o700)


def _repository(found: Arena) -> None:
    """The target, with what a hostile one brings: secrets, hooks in the tree, links out, settings of other agents."""
    files = {
        **target.FILES,
        "harness.toml": _CONFIG.format(tools=found.tools),
        "tests/test_greeter.py": _TESTS,
        ".gitignore": "__pycache__/\n",
        ".env": f"TOKEN={found.secrets['tracked']}\n",
        "deploy/server.pem": found.secrets["tracked"] + "\n",
        "greeter/settings.py": f'ACCESS = "{found.secrets["scanned"]}"\n',
        ".husky/pre-commit": "#!/bin/sh\nexit 0\n",
        "prompts/cto.md.j2": _prompt(found),
    }
    del files["tests/run.py"]
    target.make(found.top, files)
    target.git(found.top, "checkout", "-q", "develop")
    os.symlink(found.home / ".ssh" / "id_ed25519", found.top / "notes-link")
    (found.top / "old-secret").write_text(found.secrets["past"])
    target.git(found.top, "add", "-A")
    target.git(found.top, "commit", "-qm", "chore: more")
    (found.top / "old-secret").unlink()
    target.git(found.top, "add", "-A")
    target.git(found.top, "commit", "-qm", "chore: less")
    # as tools for hooks set it: programs of the tree run at every commit, checkout and merge
    target.git(found.top, "config", "core.hooksPath", ".husky")
    target.git(found.top, "checkout", "-q", "-B", "main")


def _prompt(found: Arena) -> str:
    """A prompt that ships, with a line that runs a program where a template may reach what Python can."""
    reach = "cycler.__init__"
    run = f"{reach}.__globals__.os.system('touch {found.mark('C20')}')"
    shipped = (folder("prompts") / "cto.md.j2").read_text(encoding="utf-8")
    return f"{shipped.rstrip()}\n{{% if {reach} is defined %}}{{{{ {run} }}}}{{% endif %}}\n"


def _toolchain(tools: Path) -> None:
    """A toolchain that is closed to everybody but its owner."""
    (tools / "bin").mkdir(parents=True)
    (tools / "bin" / "pytest").write_text(_RUNNER)
    # as a repository may bring it: the installation behind the environment is said to be the user's keys
    (tools / "pyvenv.cfg").write_text(f"home = {tools.parent}/home/.ssh/bin\n")
    os.symlink(f"{tools.parent}/home/.aws/bin/python", tools / "bin" / "python")
    (tools / "lib").mkdir()
    for name in _PACKAGES:
        spec = find_spec(name)
        assert spec is not None and spec.origin is not None, name
        if spec.submodule_search_locations is None:
            shutil.copy(spec.origin, tools / "lib")
            continue
        shutil.copytree(Path(spec.origin).parent, tools / "lib" / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tools / "bin" / "pytest").chmod(0o700)
    for place in (tools / "bin", tools / "lib", tools):
        place.chmod(0o700)


def _counting(found: Arena) -> object:
    """A signal that arrives here is counted."""
    before = signal.signal(signal.SIGUSR1, lambda number, frame: found.got.append("signal"))
    return lambda: signal.signal(signal.SIGUSR1, before)


@contextmanager
def _listening(found: Arena) -> Iterator[None]:
    """TCP on both loopbacks, UDP, and Unix sockets by path and by abstract name: each notes what arrives."""
    ports = dict[str, int]()
    made = list[tuple[str, socket.socket]]()
    for name, family, kind, host in (
        ("tcp", socket.AF_INET, socket.SOCK_STREAM, "127.0.0.1"),
        ("tcp6", socket.AF_INET6, socket.SOCK_STREAM, "::1"),
        ("udp", socket.AF_INET, socket.SOCK_DGRAM, "127.0.0.1"),
    ):
        with suppress(OSError):
            one = socket.socket(family, kind)
            one.bind((host, 0))
            ports[name] = one.getsockname()[1]
            made.append((name, one))
    for name, address in (("path", str(found.base / "agent.sock")), ("abstract", "\0" + found.secrets["canary"][:12])):
        one = socket.socket(socket.AF_UNIX)
        one.bind(address)
        made.append((name, one))
    (found.base / "agent.sock").chmod(0o666)
    found.ports = ports
    for name, one in made:
        if one.type == socket.SOCK_STREAM:
            one.listen()
        threading.Thread(target=_note, args=(found, name, one), daemon=True).start()
    yield


def _note(found: Arena, name: str, one: socket.socket) -> None:
    while True:
        with suppress(OSError):
            if one.type == socket.SOCK_DGRAM:
                found.got.append(f"{name} {one.recv(4096)!r}")
                continue
            connection, _ = one.accept()
            with connection:
                found.got.append(name)
                connection.settimeout(0.5)
                found.got.append(f"{name} {connection.recv(4096)!r}")


@contextmanager
def _sharing(found: Arena) -> Iterator[None]:
    """A System V segment with a secret, which programs of the same user can attach."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.shmat.restype = ctypes.c_void_p
    found.shm = libc.shmget(0, 4096, _IPC_CREATE)
    if found.shm >= 0:
        at = libc.shmat(found.shm, None, 0)
        ctypes.memmove(at, found.secrets["shared"].encode(), len(found.secrets["shared"]))
    place = Path("/dev/shm", f"secret-{found.secrets['canary'][:12]}")
    place.write_text(found.secrets["shared"])
    place.chmod(0o600)
    try:
        yield
    finally:
        place.unlink(missing_ok=True)
        if found.shm >= 0:
            libc.shmctl(found.shm, _IPC_REMOVE, None)


@contextmanager
def _terminal(found: Arena) -> Iterator[None]:
    """The user's terminal, as far as programs can reach it by its path."""
    ours, theirs = pty.openpty()
    found.terminal = os.ttyname(theirs)
    os.set_blocking(ours, False)
    try:
        yield
    finally:
        os.close(ours)
        os.close(theirs)


@contextmanager
def _inherited(found: Arena) -> Iterator[None]:
    """A secret behind a descriptor that a careless program passes on to its children."""
    fd = os.memfd_create("inherited", 0)
    os.write(fd, found.secrets["descriptor"].encode())
    high = fcntl.fcntl(fd, fcntl.F_DUPFD, 200)
    os.close(fd)
    os.set_inheritable(high, True)
    found.ports = {**found.ports, "descriptor": high}
    try:
        yield
    finally:
        os.close(high)


@contextmanager
def _bystander(found: Arena) -> Iterator[None]:
    """The other process, started again by `revive` where an attack ended it."""
    revive(found)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(found.victim["pid"], signal.SIGKILL)


def revive(found: Arena) -> None:
    """Another process of the user is alive; its descriptor of a deleted file holds a secret too."""
    if found.victim and alive(found.victim["pid"]):
        return
    place = found.base / "bystander"
    place.mkdir(exist_ok=True)
    argv = [sys.executable, str(Path(__file__).with_name("victim.py")), str(place), found.secrets["memory"]]
    process = subprocess.Popen(
        argv, stdout=subprocess.PIPE, env={**os.environ, "VICTIM_SECRET": found.secrets["memory"]}, text=True
    )
    assert process.stdout is not None
    found.victim = json.loads(process.stdout.readline())


def alive(pid: int) -> bool:
    """Whether the process runs; one that is dead but not waited for does not."""
    try:
        state = Path("/proc", str(pid), "stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in ("Z", "X")


def carrying(word: str) -> list[int]:
    """Processes of the host that carry `word` in their arguments."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError):
            if word.encode() in Path("/proc", name, "cmdline").read_bytes() and alive(int(name)):
                found.append(int(name))
    return found
