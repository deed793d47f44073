"""What a running command uses: memory and CPU of its processes, bytes and files of its directories."""

from __future__ import annotations

import os
from pathlib import Path

from harness.ports import Limits
from harness.sandbox.tree import Tangled, visit

_PARENT, _CPU, _TASKS, _RESIDENT = 1, slice(11, 15), 17, 21
"""Fields of /proc/PID/stat after the name: parent; own and waited-for user and system time; threads; resident pages."""


def exceeded(pid: int, limits: Limits) -> str:
    """The limit that the processes below `pid` are over; '' if none."""
    memory, seconds, tasks = _processes(pid)
    if memory > limits.memory:
        return "memory"
    # The kernel refuses more; a few may have ended since the last one was refused.
    if tasks >= limits.processes - max(2, limits.processes // 32):
        return "processes"
    return "cpu" if seconds > limits.cpu else ""


def overfull(directories: tuple[Path, ...], limits: Limits) -> str:
    """The limit that the directories are over; '' if none."""
    used = count = 0
    try:
        for directory in directories:
            for _, _, found in visit(directory):
                used += found.st_blocks * 512
                count += 1
                if used > limits.disk:
                    return "disk"
                if count > limits.files:
                    return "files"
    except Tangled:
        return "files"
    return ""


def _processes(pid: int) -> tuple[int, float, int]:
    """Resident bytes and CPU seconds of `pid` and everything below it; how many processes and threads are below."""
    fields: dict[int, list[str]] = {}
    below: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            row = fields_of(int(name))
            if row:
                fields[int(name)] = row
                below.setdefault(int(row[_PARENT]), []).append(int(name))
    pages = ticks = tasks = 0
    todo = [pid]
    while todo:
        row = fields.pop(todo[-1], [])
        todo.extend(below.pop(todo.pop(), ()))
        if row:
            pages += int(row[_RESIDENT])
            ticks += sum(int(value) for value in row[_CPU])
            tasks += max(1, int(row[_TASKS]))
    return pages * os.sysconf("SC_PAGE_SIZE"), ticks / os.sysconf("SC_CLK_TCK"), tasks - 1


def fields_of(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the command's name; empty if there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return []


def parent(pid: int) -> int:
    """The parent of `pid`; 0 if there is no such process."""
    fields = fields_of(pid)
    return int(fields[_PARENT]) if fields else 0
