"""What the system-call filter answers, by interpreting its bytes."""

from __future__ import annotations

import struct

import pytest

from harness.errors import Mistake
from harness.sandbox.seccomp import build

ALLOW, KILL, EPERM, EACCES, ENOSYS = 0x7FFF0000, 0x80000000, 0x50001, 0x5000D, 0x50026
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def answer(machine: str, number: int, *arguments: int, audit: int = 0) -> int:
    """The filter's answer to one call, by running the program."""
    padded = (*arguments, 0, 0, 0, 0, 0, 0)[:6]
    data = struct.pack("<IIQ6Q", number, audit or AUDIT[machine], 0, *padded)
    program = list(struct.iter_unpack("<HBBI", build(machine)))
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
