"""Processes: of others, of the harness, those that stay behind, those that are too many; rights and limits."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

from tests.attacks.attack import Arena, Attack, Call, bash, python
from tests.attacks.lay import alive, carrying

_FEW = 5 << 30


def _survives(word: str):  # type: ignore[no-untyped-def]
    """Whether a process that carries `word` and the arena's own word lives after the command; ended at once."""

    def broke(arena: Arena, said: str) -> bool:
        time.sleep(0.15)
        found = carrying(f"{word}-{arena.secrets['canary'][:12]}")
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, 9)
        return bool(found)

    return broke


def _write_memory(arena: Arena) -> Call:
    pid, address = arena.victim["pid"], arena.victim["address"]
    return python(f"""
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        class Part(ctypes.Structure):
            _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]
        new = ctypes.create_string_buffer(b"overwritten")
        ours, theirs = Part(ctypes.addressof(new), 11), Part({address}, 11)
        print("wrote", libc.process_vm_writev({pid}, ctypes.byref(ours), 1, ctypes.byref(theirs), 1, 0))
        """)


def _trace(arena: Arena) -> Call:
    return python(f"""
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        done = libc.ptrace(0x4206, {arena.victim["pid"]}, 0, 0)
        print("traced", done)
        if done == 0:
            libc.ptrace(17, {arena.victim["pid"]}, 0, 0)
        """)


def _legacy(arena: Arena) -> str:
    """Pushing input needs a kernel that still allows it, or root."""
    with suppress(OSError):
        if os.getuid() and Path("/proc/sys/dev/tty/legacy_tiocsti").read_text().strip() == "0":
            return "the kernel refuses it to ordinary users"
    return "" if os.getuid() == 0 else "the terminal is not the controlling one, which only root may push to"


def _naive_remove(arena: Arena) -> None:
    """The library's own way to remove a directory."""
    try:
        shutil.rmtree(arena.work / "deep")
    except RecursionError:
        arena.said.append("recursion")


def _memory(arena: Arena) -> str:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:") and int(line.split()[1]) << 10 < _FEW + (2 << 30):
            return "this machine has too little memory to show it"
    return ""


def _root(arena: Arena) -> str:
    return "" if os.getuid() == 0 else "only root can do it in the first place"


ATTACKS = (
    Attack(
        "P01",
        "kill another process of the user",
        lambda a: [bash(f"kill -9 {a.victim['pid']}; sleep 0.2")],
        lambda a, said: not alive(a.victim["pid"]),
        abi=6,
    ),
    Attack(
        "P02",
        "signal the harness",
        lambda a: [bash(f"kill -USR1 {a.harness}; sleep 0.2")],
        lambda a, said: "signal" in a.got,
        abi=6,
    ),
    Attack("P03", "trace another process", lambda a: [_trace(a)], lambda a, said: "traced 0" in said),
    Attack("P04", "write another process's memory", lambda a: [_write_memory(a)], lambda a, said: "wrote 11" in said),
    Attack(
        "P05",
        "leave a daemon behind (double fork, own session)",
        lambda a: [
            python(f"""
            import os, sys, time
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    os.closerange(0, 1024)
                    word = "P05-{a.secrets["canary"][:12]}"
                    os.execvp("python3", ["python3", "-c", "import time; time.sleep(9)", word])
                os._exit(0)
            """)
        ],
        _survives("P05"),
    ),
    Attack(
        "P06",
        "leave a process behind that takes no signal",
        lambda a: [
            bash(
                f"(trap '' TERM HUP INT; exec setsid nohup bash -c 'trap \"\" TERM HUP INT; sleep 15; :' "
                f"P06-{a.secrets['canary'][:12]} >/dev/null 2>&1 </dev/null) &\nsleep 0.3"
            )
        ],
        _survives("P06"),
    ),
    Attack(
        "P07",
        "leave a process behind that forks all the time",
        lambda a: [
            python(f"""
            import os, time
            if os.fork() == 0:
                os.setsid()
                os.closerange(0, 1024)
                until = time.monotonic() + 2
                while time.monotonic() < until:
                    if os.fork():
                        os._exit(0)
                    time.sleep(0.001)
                os.execvp("python3", ["python3", "-c", "import time; time.sleep(10)", "P07-{a.secrets["canary"][:12]}"])
            time.sleep(0.2)
            """)
        ],
        lambda a, said: time.sleep(2.2) or _survives("P07")(a, said),
    ),
    Attack(
        "P24",
        "make the sandbox's own program fail, with a daemon left behind",
        lambda a: [
            python(f"""
            import ctypes, mmap, os
            libc = ctypes.CDLL(None, use_errno=True)
            open("stamped", "w").close()
            page = mmap.mmap(-1, mmap.PAGESIZE)
            edge = ctypes.addressof(ctypes.c_char.from_buffer(page)) + mmap.PAGESIZE - 8
            if os.fork() == 0:
                os.setsid()
                os.closerange(0, 1024)
                word = "P24-{a.secrets["canary"][:12]}"
                os.execvp("python3", ["python3", "-c", "import time; time.sleep(9)", word])
            for address in (edge, 8, 2**63):
                libc.utimensat(-100, b"stamped", ctypes.c_void_p(address), 0)
                libc.chmod(ctypes.c_void_p(address), 0o644)
            """)
        ],
        _survives("P24"),
    ),
    Attack(
        "P08",
        "push input into the user's terminal (TIOCSTI)",
        lambda a: [
            python(f"""
            import fcntl, os, termios
            fd = os.open("{a.terminal}", os.O_RDWR | os.O_NOCTTY)
            fcntl.ioctl(fd, termios.TIOCSTI, b"x")
            print("pushed")
            """)
        ],
        lambda a, said: "pushed" in said,
        able=_legacy,
    ),
    Attack(
        "P09",
        "write to the user's terminal",
        lambda a: [bash(f"printf '\\033]0;evil\\a' > {a.terminal} && echo 'on the screen'")],
        lambda a, said: "on the screen" in said,
    ),
    Attack(
        "P10",
        "become root in a user namespace of its own",
        lambda a: [bash("unshare --user --map-root-user sh -c 'echo inside-$(id -u)'")],
        lambda a, said: "inside-0" in said,
        able=lambda a: "" if not os.system("unshare --user --map-root-user true 2>/dev/null") else "no user namespaces",
    ),
    Attack(
        "P11",
        "use the capabilities of root",
        lambda a: [
            bash(
                'set -e; v=$(cat /proc/sys/kernel/core_pattern); printf %s "$v" > /proc/sys/kernel/core_pattern; '
                "echo could-write"
            )
        ],
        lambda a, said: "could-write" in said,
        able=_root,
    ),
    Attack(
        "P12",
        "make a device node",
        lambda a: [bash("mknod device b 7 0 && echo made-it; rm -f device")],
        lambda a, said: "made-it" in said,
        able=_root,
    ),
    Attack(
        "P13",
        "mount over the user's files",
        lambda a: [bash(f"mkdir -p m && mount --bind m {a.outside} && echo mounted && umount {a.outside}")],
        lambda a, said: "mounted" in said,
        able=_root,
    ),
    Attack(
        "P14",
        "make the kernel prefer another process as a victim",
        lambda a: [bash(f"echo 1000 > /proc/{a.victim['pid']}/oom_score_adj && echo changed")],
        lambda a, said: "changed" in said,
    ),
    Attack(
        "P15",
        "change another process's priority",
        lambda a: [bash(f"renice -n 19 -p {a.victim['pid']} && echo reniced")],
        lambda a, said: "reniced" in said,
    ),
    Attack(
        "P23",
        "lower the limits of another process",
        lambda a: [bash(f"prlimit --pid {a.victim['pid']} --nofile=1:1 && echo limited")],
        lambda a, said: "limited" in said,
    ),
    Attack(
        "P16",
        "a fork bomb",
        lambda a: [
            python("""
            import os, time
            count = 0
            try:
                for _ in range(700):
                    if os.fork() == 0:
                        time.sleep(3)
                        os._exit(0)
                    count += 1
            except OSError:
                pass
            print("children", count, flush=True)
            """)
        ],
        lambda a, said: "children 700" in said,
    ),
    Attack(
        "P17",
        "fill the disk",
        lambda a: [
            bash("for i in 1 2 3 4 5 6 7 8; do fallocate -l 400M full-$i || exit 1; sleep 0.4; done; echo filled")
        ],
        lambda a, said: "filled" in said,
        naive=lambda a: [path.unlink() for path in a.work.glob("full-*")],
    ),
    Attack(
        "P18",
        "one file without end",
        lambda a: [bash("fallocate -l 900M huge && echo one-file; rm -f huge")],
        lambda a, said: "one-file" in said,
    ),
    Attack(
        "P19",
        "output without end",
        lambda a: [bash("yes 0123456789abcdef | head -c 100000000")],
        lambda a, said: len(said) > 1_000_000,
    ),
    Attack(
        "P20",
        "take all the memory",
        lambda a: [
            python(f"""
            import mmap, time
            held = mmap.mmap(-1, {_FEW}, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE)
            time.sleep(2)
            print("took it all", len(held))
            """)
        ],
        lambda a, said: "took it all" in said,
        able=_memory,
    ),
    Attack(
        "P21",
        "open files without end",
        lambda a: [
            python("""
            import os, resource
            hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            print("opened", len([os.dup(1) for _ in range(2000)]))
            """)
        ],
        lambda a, said: "opened 2000" in said,
    ),
    Attack(
        "P22",
        "directories nested 3,000 deep",
        lambda a: [
            python("""
            import os
            for _ in range(3000):
                os.mkdir("deep")
                os.chdir("deep")
            print("dug", flush=True)
            """)
        ],
        lambda a, said: "recursion" in a.said or (a.work / "deep").exists(),
        naive=_naive_remove,
        when="end",
    ),
)
