"""What the system-call filter answers, by interpreting its bytes."""

from __future__ import annotations

import struct

import pytest

from harness.errors import Mistake
from harness.sandbox.seccomp import build, confined, marks

ALLOW, KILL, EPERM, EACCES, ENOSYS = 0x7FFF0000, 0x80000000, 0x50001, 0x5000D, 0x50026
NOTIFY, ENOTSUP = 0x7FC00000, 0x5005F
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def answer(machine: str, number: int, *arguments: int, audit: int = 0) -> int:
    """What the filter of level 3 answers to one call."""
    return verdict(build(machine), machine, number, *arguments, audit=audit)


def verdict(rules: bytes, machine: str, number: int, *arguments: int, audit: int = 0) -> int:
    """A filter's answer to one call, by running the program."""
    padded = (*arguments, 0, 0, 0, 0, 0, 0)[:6]
    data = struct.pack("<IIQ6Q", number, audit or AUDIT[machine], 0, *padded)
    program = list(struct.iter_unpack("<HBBI", rules))
    value = at = 0
    for _ in range(len(program)):
        code, yes, no, operand = program[at]
        at += 1
        if code == 0x20:
            (value,) = struct.unpack_from("<I", data, operand)
        elif code == 0x54:
            value &= operand
        elif code == 0x15:
            at += yes if value == operand else no
        elif code == 0x35:
            at += yes if value >= operand else no
        else:
            assert code == 0x06
            return int(operand)
    raise AssertionError("the program does not end")


CALLS = {"x86_64": (0, 101, 272, 425, 435, 56, 16, 41), "aarch64": (63, 117, 97, 425, 435, 220, 29, 198)}


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_answers(machine: str) -> None:
    read, ptrace, unshare, io_uring, clone3, clone, ioctl, socket = CALLS[machine]
    assert answer(machine, read) == ALLOW
    assert {answer(machine, call) for call in (ptrace, unshare, io_uring)} == {EPERM}
    assert answer(machine, clone3) == ENOSYS
    assert answer(machine, clone, 0x11) == ALLOW
    for namespace in (0x10000000, 0x00020000, 0x20000000, 0x40000000, 0x02000000, 0x04000000, 0x08000000):
        assert answer(machine, clone, namespace | 0x11) == EPERM
    assert answer(machine, ioctl, 0, 0x5401) == ALLOW
    # The high half of the argument does not count for the kernel either.
    assert {answer(machine, ioctl, 0, request) for request in (0x5412, 0x541C, 1 << 32 | 0x5412)} == {EPERM}
    assert [answer(machine, socket, family) for family in (1, 2, 10, 16, 40, 17, 38)] == [ALLOW] * 4 + [EACCES] * 3
    assert answer(machine, read, audit=0x40000003) == KILL


def test_the_second_numbering_of_x86_is_closed() -> None:
    assert answer("x86_64", 0x40000000 | 101) == ENOSYS


def test_other_machines_have_no_filter() -> None:
    with pytest.raises(Mistake, match="riscv64"):
        build("riscv64")


SOCKETS = {"x86_64": (41, 42, 49, 50, 43, 288), "aarch64": (198, 203, 200, 201, 202, 242)}
OTHERS = {"x86_64": (302, 144, 203), "aarch64": (261, 119, 122)}
SIGNALS = {"x86_64": (62, 234, 424), "aarch64": (129, 131, 424)}
FILES = {"x86_64": (91, 93, 190), "aarch64": (52, 55, 7)}
PAIR = {"x86_64": 53, "aarch64": 199}
SHARED = {"x86_64": (29, 240, 254), "aarch64": (194, 180, 27)}


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("scoped", [True, False])
def test_without_namespaces(machine: str, alone: bool, scoped: bool) -> None:
    rules = confined(machine, alone=alone, scoped=scoped)
    read, ptrace, unshare, io_uring, clone3, clone, ioctl, _ = CALLS[machine]

    def say(number: int, *arguments: int) -> int:
        return verdict(rules, machine, number, *arguments)

    assert (say(read), say(ptrace), say(unshare), say(io_uring)) == (ALLOW, EPERM, EPERM, EPERM)
    assert (say(clone3), say(clone, 0x11), say(clone, 0x10000011)) == (ENOSYS, ALLOW, EPERM)
    assert {say(number, family) for number in SOCKETS[machine] for family in (1, 2, 10, 16)} == {EACCES}
    assert [say(PAIR[machine], 1, kind) for kind in (1, 0x80801, 5, 2, 0x80002, 3)] == [ALLOW] * 3 + [EPERM] * 3
    assert {say(number, 0) for number in OTHERS[machine]} == {ALLOW}
    assert {say(number, pid) for number in OTHERS[machine] for pid in (1, 4711)} == {EPERM}
    assert {say(number) for number in SHARED[machine]} == {EPERM}
    assert {say(ioctl, 0, request) for request in (0x5412, 0x541C)} == {EPERM}
    kill, tgkill, pidfd = SIGNALS[machine]
    free = alone or scoped
    assert (say(kill, 0), say(kill, 4711), say(kill, 0xFFFFFFFF)) == (ALLOW, *[ALLOW if free else EPERM] * 2)
    assert say(tgkill, 4711) == say(pidfd, 3) == (ALLOW if free else EPERM)
    fchmod, fchown, fsetxattr = FILES[machine]
    assert (say(fchmod), say(fchown), say(fsetxattr)) == ((ALLOW,) * 3 if alone else (NOTIFY, EPERM, ENOTSUP))
    assert marks(machine)[fchmod] == "fchmod"


def test_what_is_left_to_the_launcher_is_what_the_filter_hands_over() -> None:
    for machine in AUDIT:
        rules = confined(machine, alone=False, scoped=True)
        handed = {number for number in range(600) if verdict(rules, machine, number) == NOTIFY}
        assert handed == set(marks(machine))
