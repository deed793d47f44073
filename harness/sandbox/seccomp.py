"""The system-call filter of the sandbox, as bytes of classic BPF for x86_64 and aarch64."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from harness.errors import Mistake

_LOAD, _EQUAL, _AT_LEAST, _AND, _RETURN = 0x20, 0x15, 0x35, 0x54, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _EACCES, _ENOSYS = 1, 13, 38
_NUMBER, _ARCHITECTURE, _FIRST, _SECOND = 0, 4, 16, 24
"""Offsets in struct seccomp_data: the call's number, the architecture, the low half of the first two arguments."""
_X32 = 0x40000000
_NAMESPACES = 0x7E020000
"""CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET."""
_TERMINAL_INPUT = (0x5412, 0x541C)
"""TIOCSTI and TIOCLINUX put characters into a terminal that the harness may sit at."""
_FAMILIES = (1, 2, 10, 16)
"""Unix, IPv4, IPv6 and netlink; no vsock, packet, Bluetooth or kernel crypto sockets."""
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_CLONE, _CLONE3, _IOCTL, _SOCKET = (56, 220), (435, 435), (16, 29), (41, 198)

_DENIED = {
    "acct": (163, 89), "add_key": (248, 217), "adjtimex": (159, 171), "bpf": (321, 280), "chroot": (161, 51),
    "clock_adjtime": (305, 266), "clock_settime": (227, 112), "delete_module": (176, 106),
    "fanotify_init": (300, 262), "finit_module": (313, 273), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fsopen": (430, 430), "fspick": (433, 433), "init_module": (175, 105), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "io_uring_setup": (425, 425), "ioperm": (173, None), "iopl": (172, None),
    "kcmp": (312, 272), "kexec_file_load": (320, 294), "kexec_load": (246, 104), "keyctl": (250, 219),
    "lookup_dcookie": (212, 18), "mbind": (237, 235), "modify_ldt": (154, None), "mount": (165, 40),
    "mount_setattr": (442, 442), "move_mount": (429, 429), "move_pages": (279, 239),
    "name_to_handle_at": (303, 264), "nfsservctl": (180, 42), "open_by_handle_at": (304, 265),
    "open_tree": (428, 428), "open_tree_attr": (467, 467), "perf_event_open": (298, 241), "personality": (135, 92),
    "pidfd_getfd": (438, 438), "pivot_root": (155, 41), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "ptrace": (101, 117), "quotactl": (179, 60), "quotactl_fd": (443, 443),
    "reboot": (169, 142), "request_key": (249, 218), "setns": (308, 268), "settimeofday": (164, 170),
    "swapoff": (168, 225), "swapon": (167, 224), "syslog": (103, 116), "umount2": (166, 39), "unshare": (272, 97),
    "userfaultfd": (323, 282), "vhangup": (153, 58),
}  # fmt: skip
"""Numbers on x86_64 and aarch64; None where the machine has no such call."""


@dataclass(frozen=True, slots=True)
class _Step:
    """One instruction; `yes` and `no` name the label to jump to, '' for the next instruction."""

    code: int
    value: int
    yes: str = ""
    no: str = ""


class _Program:
    """Instructions with labels, turned into bytes once all labels are known."""

    def __init__(self) -> None:
        self._steps: list[_Step] = []
        self._labels: dict[str, int] = {}

    def label(self, name: str) -> None:
        self._labels[name] = len(self._steps)

    def add(self, code: int, value: int, yes: str = "", no: str = "") -> None:
        self._steps.append(_Step(code, value, yes, no))

    def assemble(self) -> bytes:
        """The program as an array of struct sock_filter."""
        out = bytearray()
        for place, step in enumerate(self._steps):
            jumps = [self._labels[name] - place - 1 if name else 0 for name in (step.yes, step.no)]
            out += struct.pack("<HBBI", step.code, *jumps, step.value)
        return bytes(out)


def build(machine: str) -> bytes:
    """The filter for `machine` (as `platform.machine()` names it); Mistake if there is none for it."""
    if machine not in _MACHINES:
        raise Mistake(f"There is no system-call filter for {machine}: use an x86_64 or aarch64 machine")
    column, audit = _MACHINES[machine]
    program = _Program()
    program.add(_LOAD, _ARCHITECTURE)
    program.add(_EQUAL, audit, no="kill")
    program.add(_LOAD, _NUMBER)
    if machine == "x86_64":
        program.add(_AT_LEAST, _X32, yes="missing")
    for numbers in _DENIED.values():
        number = numbers[column]
        if number is not None:
            program.add(_EQUAL, number, yes="denied")
    # clone3 takes its flags through a pointer, which a filter can't read; libraries fall back to clone.
    program.add(_EQUAL, _CLONE3[column], yes="missing")
    for name, call in (("clone", _CLONE), ("ioctl", _IOCTL), ("socket", _SOCKET)):
        program.add(_EQUAL, call[column], yes=name)
    program.add(_RETURN, _ALLOW)
    _arguments(program)
    for name, result in (
        ("allowed", _ALLOW), ("denied", _ERRNO | _EPERM), ("missing", _ERRNO | _ENOSYS), ("kill", _KILL),
    ):  # fmt: skip
        program.label(name)
        program.add(_RETURN, result)
    return program.assemble()


def _arguments(program: _Program) -> None:
    """The calls that are judged by an argument."""
    program.label("clone")
    program.add(_LOAD, _FIRST)
    program.add(_AND, _NAMESPACES)
    program.add(_EQUAL, 0, yes="allowed", no="denied")
    program.label("ioctl")
    program.add(_LOAD, _SECOND)
    for request in _TERMINAL_INPUT:
        program.add(_EQUAL, request, yes="denied")
    program.add(_RETURN, _ALLOW)
    program.label("socket")
    program.add(_LOAD, _FIRST)
    for family in _FAMILIES:
        program.add(_EQUAL, family, yes="allowed")
    program.add(_RETURN, _ERRNO | _EACCES)
