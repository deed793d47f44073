"""Limits, and the death of everything that a command started."""

from __future__ import annotations

import os
import secrets
import shlex
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.ports import Command, Limits, Outcome, Process, Sandbox
from harness.sandbox.output import Output
from harness.sandbox.toolchain import interpreter

Run = Callable[..., Outcome]
PYTHON = str(interpreter()[0])


def alive(token: str) -> list[str]:
    found = []
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and token.encode() in Path("/proc", name, "cmdline").read_bytes():
                found.append(name)
        except OSError:
            continue
    return found


def python(code: str) -> str:
    return shlex.join([PYTHON, "-I", "-S", "-c", code])


def test_a_daemon_does_not_outlive_its_command(run: Run) -> None:
    token = secrets.token_hex(8)
    outcome = run(f"setsid sh -c 'sleep 30; : {token}' >/dev/null 2>&1 & echo started")
    assert alive(token) == []
    assert (outcome.code, outcome.output) == (0, "started\n")
    assert outcome.seconds < 20


def test_wall_time(run: Run) -> None:
    token = secrets.token_hex(8)
    outcome = run(f"echo before; trap '' TERM INT; sleep 30; : {token}", Limits(wall=0.3))
    assert (outcome.code, outcome.limit, outcome.output) == (137, "wall time", "before\n")
    assert outcome.seconds < 20
    assert alive(token) == []


def test_output_keeps_head_and_tail(run: Run) -> None:
    outcome = run("echo first; seq 100000; echo last", Limits(output=1000))
    assert outcome.code == 0
    assert outcome.output.startswith("first\n1\n") and outcome.output.endswith("100000\nlast\n")
    assert "bytes cut]" in outcome.output
    assert len(outcome.output) < 1100


def test_a_flood_of_output_ends_it(run: Run) -> None:
    outcome = run("yes", Limits(wall=20, flood=1 << 20))
    assert (outcome.limit, outcome.code) == ("output", 137)
    assert len(outcome.output) < 70_000


def test_memory(run: Run) -> None:
    outcome = run(python("x = bytearray(b'1') * (400 << 20); import time; time.sleep(30)"), Limits(memory=200 << 20))
    assert outcome.limit == "memory"


def test_cpu_of_all_processes_together(run: Run) -> None:
    outcome = run("for i in 1 2 3; do (while :; do :; done) & done; wait", Limits(wall=20, cpu=1))
    assert outcome.limit == "cpu"


def test_disk(run: Run) -> None:
    outcome = run("head -c 30000000 /dev/zero > big; sleep 30", Limits(disk=10 << 20))
    assert outcome.limit == "disk"


def test_a_file_can_not_grow_beyond_its_limit(run: Run, tree: Path) -> None:
    assert run("head -c 3000000 /dev/zero > big", Limits(file=1 << 20)).code != 0
    assert (tree / "big").stat().st_size <= 1 << 20


def test_files_however_deep(run: Run) -> None:
    dig = "import os\nfor i in range(3000): os.mkdir('d'); os.chdir('d')\nfor i in range(50): open(str(i), 'w')\n"
    assert run(python(dig + "import time; time.sleep(30)"), Limits(files=3040)).limit == "files"


def test_a_fork_bomb_is_bounded(run: Run) -> None:
    token = secrets.token_hex(8)
    outcome = run(f": {token}; b() {{ b | b & }}; b; sleep 30", Limits(wall=10, processes=50))
    assert (outcome.limit, outcome.code) == ("processes", 137)
    assert alive(token) == []


def test_processes_are_limited_per_command(run: Run, sandbox: Sandbox) -> None:
    """What is made within one look at them: the kernel refuses more, before the look finds it at its limit."""
    code = (
        "import os, time\nmade = 0\nwhile made < 200:\n  try: pid = os.fork()\n  except BlockingIOError: break\n"
        "  if not pid: time.sleep(20); os._exit(0)\n  made += 1\nprint(made, flush=True)\ntime.sleep(20)\n"
    )
    # An ordinary user's other processes count without a namespace, so that there is head-room for them.
    tight = sandbox.level == 3 or os.getuid() == 0
    outcome = run(python(code), Limits(processes=40))
    assert 20 < int(outcome.output) < (40 if tight else 200)
    assert outcome.limit == "processes"


def test_kill_and_wait_from_any_thread(sandbox: Sandbox, tree: Path) -> None:
    process = sandbox.start(Command("echo up; sleep 30", tree))
    assert process.running
    time.sleep(0.2)
    outcomes: list[Outcome] = []
    threads = [threading.Thread(target=lambda: outcomes.append(process.kill())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(outcomes) == 3
    assert {(outcome.code, outcome.output) for outcome in outcomes} == {(137, "up\n")}
    assert process.wait() == process.kill() == outcomes[0]


def test_a_process_outlives_the_thread_that_started_it(sandbox: Sandbox, tree: Path) -> None:
    started: list[Process] = []
    thread = threading.Thread(target=lambda: started.append(sandbox.start(Command("sleep 0.5; echo done", tree))))
    thread.start()
    thread.join()
    outcome = started[0].wait()
    assert (outcome.code, outcome.output) == (0, "done\n")


def test_commands_run_side_by_side_in_one_tree(sandbox: Sandbox, tree: Path) -> None:
    processes = [sandbox.start(Command(f"echo {i} > f{i}; sleep 0.2; cat f{i}", tree)) for i in range(8)]
    assert [process.wait().output for process in processes] == [f"{i}\n" for i in range(8)]


def test_descriptors_are_given_back(run: Run) -> None:
    run("true")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        run("true")
    run("sleep 5", Limits(wall=0.05))
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize("sizes", [(5,), (10,), (3, 4, 3), (4, 4, 4, 1), (100, 1, 1), (1,) * 57])
def test_output_is_cut_in_the_middle_alone(sizes: tuple[int, ...]) -> None:
    data = bytes(33 + i % 90 for i in range(sum(sizes)))
    output, start = Output(10), 0
    for size in sizes:
        output.add(data[start : start + size])
        start += size
    if len(data) <= 10:
        assert output.text == data.decode()
    else:
        cut = f"\n[{len(data) - 10} bytes cut]\n"
        assert output.text == data[:5].decode() + cut + data[-5:].decode()


def peak() -> int:
    """Bytes of the most memory that this process had since it was last asked to forget."""
    rows = Path("/proc/self/status").read_text().splitlines()
    return next(int(row.split()[1]) << 10 for row in rows if row.startswith("VmHWM"))


FILL = "i=0; while head -c 5000000 /dev/zero > f$i; do i=$((i+1)); done; exit 9"
NASTY = {
    "endless output": ("yes", Limits(wall=20, flood=200 << 20), "output"),
    "one endless line": ("tr '\\0' x </dev/zero", Limits(wall=20, flood=200 << 20), "output"),
    "fork bomb": ("b() { b | b & }; b; sleep 30", Limits(wall=20, processes=80), "processes"),
    "threads": (
        python("import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(30,)).start()"),
        Limits(wall=20, processes=80), "processes",
    ),
    "filled disk": (f"cd .; {FILL}", Limits(disk=50 << 20), "disk"),
    "filled temporary": (f"cd $TMPDIR; {FILL}", Limits(disk=50 << 20), ""),
    "a hole": ("truncate -s 400M hole; truncate -s 900G larger || echo no; ls -s hole", Limits(wall=20), ""),
    "tiny files": (
        python("import itertools\nfor i in itertools.count(): open(str(i), 'w').close()"), Limits(files=3000), "files",
    ),
    "memory": (python("x = []\nwhile True: x.append(bytearray(b'1') * (8 << 20))"), Limits(memory=300 << 20), "memory"),
    "open files": (
        python("x = []\ntry:\n  while True: x.append(open('/dev/null'))\nexcept OSError as e: print(len(x) < 100, e)"),
        Limits(wall=20, open_files=90), "",
    ),
    "cpu": ("while :; do :; done", Limits(wall=20, cpu=1), "cpu"),
}  # fmt: skip


@pytest.mark.parametrize("name", NASTY)
def test_nothing_costs_the_harness_its_memory_and_the_agent_is_told(name: str, run: Run) -> None:
    shell, limits, limit = NASTY[name]
    Path("/proc/self/clear_refs").write_text("5")
    before = peak()
    outcome = run(shell, limits)
    assert peak() - before < 24 << 20
    if name == "filled temporary":
        # A file system of its own that is full, or a directory that is watched.
        assert outcome.limit == "disk" or (outcome.code == 9 and "No space left" in outcome.output)
    else:
        assert outcome.limit == limit, outcome
    if name == "a hole":
        assert "File size limit exceeded" in outcome.output and outcome.output.endswith("0 hole\n")
    if name == "open files":
        assert outcome.output.startswith("True") and "Too many open files" in outcome.output
