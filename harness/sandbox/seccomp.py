"""The system-call filters of the sandbox, as bytes of classic BPF for x86_64 and aarch64."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from harness.errors import Mistake

_LOAD, _EQUAL, _AT_LEAST, _AND, _RETURN = 0x20, 0x15, 0x35, 0x54, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NOTIFY = 0x7FC00000
_EPERM, _EACCES, _ENOSYS, _ENOTSUP = 1, 13, 38, 95
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

_CONNECTING = {
    "accept": (43, 202), "accept4": (288, 242), "bind": (49, 200), "connect": (42, 203), "listen": (50, 201),
    "socket": _SOCKET,
}  # fmt: skip
_SHARED = {
    "inotify_add_watch": (254, 27), "mq_open": (240, 180), "mq_unlink": (241, 181), "msgget": (68, 186),
    "msgctl": (71, 187), "msgrcv": (70, 188), "msgsnd": (69, 189), "semctl": (66, 191), "semget": (64, 190),
    "semop": (65, 193), "semtimedop": (220, 192), "shmat": (30, 196), "shmctl": (31, 195), "shmget": (29, 194),
    "migrate_pages": (256, 238), "process_madvise": (440, 440), "process_mrelease": (448, 448),
}  # fmt: skip
"""What reaches beyond the command without a namespace of its own: names of the machine, and other processes."""
_OF_A_PROCESS = {
    _FIRST: (
        (302, 261),  # prlimit64
        (203, 122), (144, 119), (142, 118), (314, 274),  # sched_setaffinity, _setscheduler, _setparam, _setattr
    ),
    _SECOND: ((141, 140), (251, 30)),  # setpriority, ioprio_set
}  # fmt: skip
"""Calls whose argument names a process; only 0, the caller itself, is let through."""
_SIGNALS = {
    "tkill": (200, 130), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
}  # fmt: skip
_KILL_CALL, _FCNTL, _OWNERS = (62, 129), (72, 25), (8, 15)
"""kill; fcntl with F_SETOWN and F_SETOWN_EX, which make the kernel send signals."""
_ATTRIBUTES = {
    "fremovexattr": (199, 16), "fsetxattr": (190, 7), "lremovexattr": (198, 15), "lsetxattr": (189, 6),
    "removexattr": (197, 14), "removexattrat": (466, 466), "setxattr": (188, 5), "setxattrat": (463, 463),
    "file_setattr": (469, 469),
}  # fmt: skip
_OWNER = {"chown": (92, None), "fchown": (93, 55), "fchownat": (260, 54), "lchown": (94, None)}
_FLAGS = (0x40086602, 0x401C5820)
"""FS_IOC_SETFLAGS and FS_IOC_FSSETXATTR."""
_MARKS = {
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "futimesat": (261, None), "utime": (132, None), "utimensat": (280, 88), "utimes": (235, None),
}  # fmt: skip
"""Calls that set a file's mode and times. Landlock does not judge them, so the launcher does."""
_PAIR, _PAIR_TYPES = (53, 199), (1, 5)
"""socketpair; SOCK_STREAM and SOCK_SEQPACKET, which can't be joined to anything else afterwards."""


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
    """The filter for a sandbox of namespaces; Mistake if there is none for `machine` (named as by platform.machine)."""
    return _build(machine, _Extra({}, {}, {}))


def confined(machine: str, *, alone: bool, scoped: bool) -> bytes:
    """The filter for a sandbox without namespaces: no sockets, no names of the machine, no other processes.

    `alone`: no other process runs as the command's user, so that the kernel's own rules keep it from what is not its
    own. Otherwise changes of modes and times are left to the launcher. `scoped`: signals stay with the command's own
    processes; otherwise none can be sent but to the sender's own group.
    """
    column = _column(machine)
    denied: dict[str, tuple[int, int | None]] = {**_SHARED, **({} if alone or scoped else _SIGNALS)}
    others = {} if alone else {_number(call, column): _NOTIFY for call in _MARKS.values()}
    if not alone:
        denied |= _OWNER
        others |= {_number(call, column): _ERRNO | _ENOTSUP for call in _ATTRIBUTES.values()}
    others |= {_number(call, column): _ERRNO | _EACCES for call in _CONNECTING.values()}
    judged: dict[int, tuple[int, tuple[int, ...], bool]] = {_PAIR[column]: (_SECOND, _PAIR_TYPES, True)}
    for offset, calls in _OF_A_PROCESS.items():
        judged |= {call[column]: (offset, (0,), True) for call in calls}
    if not alone:
        judged[_IOCTL[column]] = (_SECOND, (*_TERMINAL_INPUT, *_FLAGS), False)
        if not scoped:
            judged |= {_KILL_CALL[column]: (_FIRST, (0,), True), _FCNTL[column]: (_SECOND, _OWNERS, False)}
    return _build(machine, _Extra(denied, {n: r for n, r in others.items() if n >= 0}, judged))


def marks(machine: str) -> dict[int, str]:
    """number -> name of the calls that `confined` leaves to the launcher."""
    column = _column(machine)
    return {number: name for name, call in _MARKS.items() if (number := _number(call, column)) >= 0}


@dataclass(frozen=True, slots=True)
class _Extra:
    """What one filter refuses beside what all do."""

    denied: dict[str, tuple[int, int | None]]
    answered: dict[int, int]
    """number -> what the call is answered"""
    judged: dict[int, tuple[int, tuple[int, ...], bool]]
    """number -> (offset of an argument, values, whether these alone are allowed or they alone are refused)"""


def _column(machine: str) -> int:
    if machine not in _MACHINES:
        raise Mistake(f"There is no system-call filter for {machine}: use an x86_64 or aarch64 machine")
    return _MACHINES[machine][0]


def _number(call: tuple[int, int | None], column: int) -> int:
    """The call's number; -1 where the machine has no such call."""
    number = call[column]
    return -1 if number is None else number


def _build(machine: str, extra: _Extra) -> bytes:
    column = _column(machine)
    program = _Program()
    program.add(_LOAD, _ARCHITECTURE)
    # Nearer than 255 instructions, as far as a jump reaches.
    program.add(_EQUAL, _MACHINES[machine][1], yes="known")
    program.add(_RETURN, _KILL)
    program.label("known")
    program.add(_LOAD, _NUMBER)
    if machine == "x86_64":
        program.add(_AT_LEAST, _X32, no="native")
        program.add(_RETURN, _ERRNO | _ENOSYS)
        program.label("native")
    for number, answer in extra.answered.items():
        program.add(_EQUAL, number, no=f"not {number}")
        program.add(_RETURN, answer)
        program.label(f"not {number}")
    for calls in {**_DENIED, **extra.denied}.values():
        number = _number(calls, column)
        if number >= 0:
            program.add(_EQUAL, number, yes="denied")
    # clone3 takes its flags through a pointer, which a filter can't read; libraries fall back to clone.
    program.add(_EQUAL, _CLONE3[column], yes="missing")
    for name, call in (("clone", _CLONE), ("ioctl", _IOCTL), ("socket", _SOCKET)):
        if call[column] not in extra.judged and call[column] not in extra.answered:
            program.add(_EQUAL, call[column], yes=name)
    for number in extra.judged:
        program.add(_EQUAL, number, yes=f"judge {number}")
    program.add(_RETURN, _ALLOW)
    _arguments(program, extra, column)
    for name, result in (("allowed", _ALLOW), ("denied", _ERRNO | _EPERM), ("missing", _ERRNO | _ENOSYS)):
        program.label(name)
        program.add(_RETURN, result)
    return program.assemble()


def _arguments(program: _Program, extra: _Extra, column: int) -> None:
    """The calls that are judged by an argument."""
    for number, (offset, values, alone) in extra.judged.items():
        program.label(f"judge {number}")
        program.add(_LOAD, offset)
        if number == _PAIR[column]:
            program.add(_AND, 0xF)
        for value in values:
            program.add(_EQUAL, value, yes="allowed" if alone else "denied")
        program.add(_RETURN, _ERRNO | _EPERM if alone else _ALLOW)
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
