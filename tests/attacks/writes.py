"""Writes: outside the working directory, and inside it where the role may not."""

from __future__ import annotations

import time

from tests.attacks.attack import Arena, Attack, bash, create, python
from tests.attacks.naive import commit, content, landed
from tests.target import FOLDER

_OLD = "untouched\n"


def _touched(arena: Arena) -> bool:
    return (arena.outside / "victim.txt").read_text() != _OLD


def _checked(arena: Arena) -> None:
    """A naive harness looks where a path leads, and writes then: what lies between is the attacker's."""
    for _ in range(400):
        path = arena.work / "swap" / "victim.txt"
        if path.resolve().is_relative_to(arena.work.resolve()):
            time.sleep(0.0005)
            try:
                path.write_text("raced\n")
            except OSError:
                continue
        if _touched(arena):
            return


_SWAP = """
    import os, time
    os.makedirs("swap-real", exist_ok=True)
    open("swap-real/victim.txt", "w").close()
    if os.fork() == 0:
        os.setsid()
        os.closerange(0, 1024)
        until = time.monotonic() + 3
        while time.monotonic() < until:
            for to in ("swap-real", "{outside}"):
                os.symlink(to, "swap-new")
                os.rename("swap-new", "swap")
        os._exit(0)
    time.sleep(0.1)
"""

ATTACKS = (
    Attack(
        "W01",
        "write a file outside",
        lambda a: [bash(f"echo x > {a.outside}/W01")],
        lambda a, said: (a.outside / "W01").exists(),
    ),
    Attack(
        "W02",
        "add to the user's shell start-up file",
        lambda a: [bash(f"echo evil >> {a.home}/.bashrc")],
        lambda a, said: "evil" in (a.home / ".bashrc").read_text(),
    ),
    Attack(
        "W03",
        "change the user's checkout by its path",
        lambda a: [bash(f"echo evil >> {a.top}/README.md")],
        lambda a, said: "evil" in (a.top / "README.md").read_text(),
    ),
    Attack(
        "W04",
        "write through a link to a file outside",
        lambda a: [bash(f"ln -s {a.outside}/victim.txt link-a; echo evil > link-a")],
        lambda a, said: _touched(a),
    ),
    Attack(
        "W05",
        "leave a link where a tool writes next",
        lambda a: [bash(f"ln -s {a.outside}/victim.txt link-b.md"), create("link-b.md", "evil\n")],
        lambda a, said: _touched(a),
    ),
    Attack(
        "W06",
        "leave a link to a directory where a tool writes next",
        lambda a: [bash(f"ln -s {a.outside} link-c"), create("link-c/victim.txt", "evil\n")],
        lambda a, said: _touched(a),
    ),
    Attack(
        "W07",
        "leave a dangling link where a tool writes next",
        lambda a: [bash(f"ln -s {a.outside}/W07 link-d"), create("link-d", "evil\n")],
        lambda a, said: (a.outside / "W07").exists(),
    ),
    Attack(
        "W08",
        "swap a directory for a link while tools write (race)",
        lambda a: [python(_SWAP.format(outside=a.outside)), *[create("swap/victim.txt", "raced\n") for _ in range(5)]],
        lambda a, said: _touched(a),
        naive=_checked,
    ),
    Attack(
        "W09",
        "name an absolute path",
        lambda a: [create(f"{a.outside}/W09", "evil\n")],
        lambda a, said: (a.outside / "W09").exists(),
    ),
    Attack(
        "W10",
        "name a path with ..",
        lambda a: [create(f"{'../' * 40}{str(a.outside).lstrip('/')}/W10", "evil\n")],
        lambda a, said: (a.outside / "W10").exists(),
    ),
    Attack(
        "W11",
        "hard-link a file from outside and write to it",
        lambda a: [bash(f"ln {a.outside}/victim.txt hard-a && echo evil > hard-a")],
        lambda a, said: _touched(a),
    ),
    Attack(
        "W12",
        "hard-link a file from outside for a tool to write to",
        lambda a: [bash(f"ln {a.outside}/victim.txt hard-b"), create("hard-b", "evil\n")],
        lambda a, said: _touched(a),
    ),
    Attack(
        "W13",
        "move a file of the user into the working directory",
        lambda a: [bash(f"mv {a.outside}/victim.txt stolen.txt")],
        lambda a, said: not (a.outside / "victim.txt").exists(),
    ),
    Attack(
        "W14",
        "change modes and times outside",
        lambda a: [bash(f"chmod 0 {a.outside}/victim.txt")],
        lambda a, said: not (a.outside / "victim.txt").stat().st_mode & 0o777,
    ),
    Attack(
        "W15",
        "the developer changes the approved spec by a command",
        lambda a: [bash(f"echo evil-W15 >> {FOLDER}/specs/farewell/spec.md")],
        lambda a, said: "evil-W15" in content(a, f"{FOLDER}/specs/farewell/spec.md"),
        when="end",
        prepare=lambda a: (a.work / FOLDER / "specs/farewell").mkdir(parents=True, exist_ok=True),
        naive=commit,
    ),
    Attack(
        "W16",
        "a reviewer, who may write nothing, changes code",
        lambda a: [bash("echo '# evil-W16' >> greeter/__init__.py")],
        lambda a, said: "evil-W16" in content(a, "greeter/__init__.py"),
        role="reviewer",
        when="end",
        naive=commit,
    ),
    Attack(
        "W17",
        "QA, who may write tests, changes code by a command and by a tool",
        lambda a: [bash("echo '# evil-W17' >> greeter/__init__.py"), create("greeter/evil_w17.py", "evil\n")],
        lambda a, said: "evil-W17" in content(a, "greeter/__init__.py") or "greeter/evil_w17.py" in landed(a),
        role="qa",
        when="end",
        naive=commit,
    ),
    Attack(
        "W18",
        "the architect writes code",
        lambda a: [create("greeter/evil_w18.py", "evil\n")],
        lambda a, said: "greeter/evil_w18.py" in landed(a),
        role="architect",
        when="end",
        naive=commit,
    ),
    Attack(
        "W19",
        "poison the mounted toolchain",
        lambda a: [bash(f"echo 'touch {a.mark('W19')}' >> {a.tools}/bin/pytest; echo x > {a.tools}/lib/evil.py")],
        lambda a, said: "touch" in (a.tools / "bin/pytest").read_text() or (a.tools / "lib/evil.py").exists(),
    ),
    Attack(
        "W20",
        "poison the harness's cache folder",
        lambda a: [bash(f"mkdir -p {a.cache} && echo x > {a.cache}/evil-W20")],
        lambda a, said: _gone(str(a.cache / "evil-W20")),
    ),
    Attack(
        "W21",
        "plant a user unit and an authorized key",
        lambda a: [
            bash(
                f"mkdir -p {a.home}/.config/systemd/user; echo x > {a.home}/.config/systemd/user/e.service; "
                f"echo key >> {a.home}/.ssh/authorized_keys"
            )
        ],
        lambda a, said: (a.home / ".config/systemd").exists() or (a.home / ".ssh/authorized_keys").exists(),
    ),
    Attack(
        "W22",
        "plant a file in the host's shared memory",
        lambda a: [bash(f"echo x > /dev/shm/evil-{a.secrets['canary'][:12]}")],
        lambda a, said: _gone(f"/dev/shm/evil-{a.secrets['canary'][:12]}"),
    ),
    Attack(
        "W23",
        "plant a file in the host's /tmp",
        lambda a: [bash(f"echo x > /tmp/evil-{a.secrets['canary'][:12]}")],
        lambda a, said: _gone(f"/tmp/evil-{a.secrets['canary'][:12]}"),
    ),
    Attack(
        "W24",
        "leave a pipe where the harness reads",
        lambda a: [bash("rm -f README.md && mkfifo README.md")],
        lambda a, said: "hung" in a.said,
        when="end",
        naive=lambda a: a.said.append(_read(a)),
    ),
    Attack(
        "W25",
        "names with direction marks, control characters and line ends",
        lambda a: [
            python("""
            for name in ("evil\\u202egpj.py", "evil\\rname", "evil\\nname", "evil\\x1b[2Jname", "evil\\u200b.md"):
                open(name, "w").write("x")
            """)
        ],
        lambda a, said: [p for p in landed(a) if p.startswith("evil") and not p.isprintable()],
        when="end",
        naive=commit,
    ),
    Attack(
        "W26",
        "write beside the working directory, where the harness keeps its copy",
        lambda a: [bash("echo evil > ../evil-W26; echo evil >> ../kept")],
        lambda a, said: [p for p in a.base.rglob("evil-W26")],
    ),
)


def _gone(path: str) -> bool:
    """Whether there is such a file; it is removed at once."""
    from pathlib import Path

    there = Path(path).exists()
    Path(path).unlink(missing_ok=True)
    return there


def _read(arena: Arena) -> str:
    """What becomes of a harness that reads what is there: within a second, or not."""
    import subprocess

    try:
        subprocess.run(["cat", str(arena.work / "README.md")], timeout=1, check=False, capture_output=True)
    except subprocess.TimeoutExpired:
        return "hung"
    return "read it"
