"""The filter as a program, run here for both architectures: what it says about calls that no test makes."""

import errno
import platform
import struct

import pytest

from analyzer.isolation.seccomp import Instruction, filter_program
from analyzer.isolation.system_calls import ABSENT, CHECKED, FORBIDDEN, NEWEST

PROCESS = 4711
ALLOWED, KILLED = 0x7FFF_0000, 0x8000_0000
ARCHITECTURES = [("x86_64", 0xC000_003E, 0), ("aarch64", 0xC000_00B7, 1)]
I386 = 0x4000_0003
X32 = 0x4000_0000
CLONE_THREAD, CLONE_VM, CLONE_NEWUSER = 0x0001_0000, 0x100, 0x1000_0000

each_architecture = pytest.mark.parametrize(
    ("audit_value", "column"), [each[1:] for each in ARCHITECTURES], ids=[each[0] for each in ARCHITECTURES]
)


def refused(code: int) -> int:
    return 0x0005_0000 | code


def run(program: list[Instruction], audit_value: int, number: int, *arguments: int) -> int:
    """Run classic BPF on a `struct seccomp_data`; return what it returns."""
    data = struct.pack("<IIQ6Q", number, audit_value, 0, *arguments, *[0] * (6 - len(arguments)))
    accumulator, position = 0, 0
    while True:
        code, if_true, if_false, constant = program[position]
        position += 1
        if code == 0x06:
            return constant
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, constant)
        elif code == 0x54:
            accumulator &= constant
        else:
            holds = accumulator == constant if code == 0x15 else accumulator > constant
            position += if_true if holds else if_false


@each_architecture
def test_each_named_call_is_refused(audit_value: int, column: int) -> None:
    program = filter_program(audit_value, column, PROCESS)
    for calls, code in ((FORBIDDEN, errno.EPERM), (ABSENT, errno.ENOSYS)):
        for name, numbers in calls.items():
            if (number := numbers[column]) is not None:
                assert run(program, audit_value, number) == refused(code), name


@each_architecture
def test_calls_that_were_not_considered_count_as_absent(audit_value: int, column: int) -> None:
    program = filter_program(audit_value, column, PROCESS)
    for number in (NEWEST + 1, X32, X32 | 41, 0xFFFF_FFFF):
        assert run(program, audit_value, number) == refused(errno.ENOSYS)


@each_architecture
def test_a_call_of_another_architecture_kills_the_process(audit_value: int, column: int) -> None:
    assert run(filter_program(audit_value, column, PROCESS), I386, 1) == KILLED


@each_architecture
@pytest.mark.parametrize(
    ("name", "arguments", "allowed"),
    [
        ("clone", (CLONE_THREAD | CLONE_VM,), True),
        ("clone", (CLONE_VM,), False),
        ("clone", (CLONE_THREAD | CLONE_NEWUSER,), False),
        ("kill", (PROCESS, 9), True),
        ("kill", (PROCESS + 1, 9), False),
        ("kill", (0xFFFF_FFFF, 9), False),
        ("kill", (PROCESS | 1 << 32, 9), True),
        ("tgkill", (PROCESS, 5000, 6), True),
        ("tgkill", (1, 1, 6), False),
        ("tkill", (1, 6), False),
        ("rt_sigqueueinfo", (1, 9), False),
        ("rt_tgsigqueueinfo", (1, 1, 9), False),
        ("prlimit64", (0, 7), True),
        ("prlimit64", (PROCESS, 7), True),
        ("prlimit64", (1, 7), False),
        ("prctl", (1, 0), False),
        ("prctl", (15, 0), True),
        ("fcntl", (3, 3), True),
        ("fcntl", (3, 8), False),
        ("fcntl", (3, 10), False),
        ("fcntl", (3, 15), False),
        ("ioctl", (3, 0x5401), True),
        ("ioctl", (3, 0x8901), False),
        ("ioctl", (3, 0x5412), False),
    ],
)
def test_a_call_is_checked_by_its_arguments(
    audit_value: int, column: int, name: str, arguments: tuple[int, ...], *, allowed: bool
) -> None:
    number = CHECKED[name][column]
    assert number is not None
    outcome = run(filter_program(audit_value, column, PROCESS), audit_value, number, *arguments)
    assert outcome == (ALLOWED if allowed else refused(errno.EPERM))


@pytest.mark.parametrize(("name", "number"), [("read", (0, 63)), ("mmap", (9, 222)), ("futex", (202, 98))])
@each_architecture
def test_other_calls_are_allowed(audit_value: int, column: int, name: str, number: tuple[int, int]) -> None:
    assert run(filter_program(audit_value, column, PROCESS), audit_value, number[column]) == ALLOWED, name


def test_the_architecture_of_this_machine_is_known() -> None:
    assert platform.machine() in {name for name, _, _ in ARCHITECTURES}
