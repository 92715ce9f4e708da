"""seccomp: the kernel checks each system call of this process with a program (seccomp(2), classic BPF)."""

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analyzer.isolation.kernel import PR_SET_PDEATHSIG, system_call
from analyzer.isolation.system_calls import ABSENT, CHECKED, FORBIDDEN, NEWEST, Numbers

_SET_MODE_FILTER, _GET_ACTION_AVAILABLE = 1, 2
_ALL_THREADS = 1
_KILL_PROCESS, _ERRNO, _ALLOW = 0x8000_0000, 0x0005_0000, 0x7FFF_0000

_LOAD, _AND, _RETURN = 0x20, 0x54, 0x06
_JUMP_EQUAL, _JUMP_GREATER = 0x15, 0x25
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
"""Offsets in `struct seccomp_data`. An argument has 8 bytes; the low half comes first on both architectures."""

_CLONE_THREAD, _CLONE_NEW = 0x0001_0000, 0x7E02_0000
_PRCTL_OPTIONS = (PR_SET_PDEATHSIG,)
_FCNTL_COMMANDS = (8, 10, 15, 1024, 1026)
"""F_SETOWN, F_SETSIG, F_SETOWN_EX send a signal to any process of the user; F_SETLEASE, F_NOTIFY watch files."""
_IOCTL_COMMANDS = (0x8901, 0x8902, 0x5412, 0x541C)
"""FIOSETOWN, SIOCSPGRP as F_SETOWN; TIOCSTI, TIOCLINUX write into the input of a terminal."""

Instruction = tuple[int, int, int, int]
"""Code, jump if true, jump if false (instructions to skip), constant: `struct sock_filter`."""


@dataclass(frozen=True)
class _Architecture:
    system_call: int
    audit_value: int
    column: int


_ARCHITECTURES = {"x86_64": _Architecture(317, 0xC000_003E, 0), "aarch64": _Architecture(277, 0xC000_00B7, 1)}


def available() -> bool:
    """Return whether the kernel filters calls, and this architecture's numbers are known."""
    architecture = _ARCHITECTURES.get(platform.machine())
    if architecture is None:
        return False
    try:
        action = ctypes.create_string_buffer(struct.pack("=I", _KILL_PROCESS), 4)
        return system_call(architecture.system_call, _GET_ACTION_AVAILABLE, 0, action) == 0
    except OSError:
        return False


def restrict() -> None:
    """Filter the calls of this process as `filter_program` says. Raises OSError."""
    architecture = _ARCHITECTURES[platform.machine()]
    install(filter_program(architecture.audit_value, architecture.column, os.getpid()))


def install(program: Sequence[Instruction]) -> None:
    """Filter the calls of all threads of this process, and of what they start, for ever, by this program.

    `no_new_privs` must be set. Raises OSError.
    """
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *instruction) for instruction in program))
    header = ctypes.create_string_buffer(struct.pack("@HP", len(program), ctypes.addressof(code)))
    number = _ARCHITECTURES[platform.machine()].system_call
    if system_call(number, _SET_MODE_FILTER, _ALL_THREADS, header):
        raise OSError(errno.EBUSY, "a thread has a filter of its own")


def filter_program(audit_value: int, column: int, process: int) -> list[Instruction]:
    """Return the filter of process `process`.

    A call of another architecture (32-bit code) kills the process, because its numbers mean other calls.
    """
    return [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_JUMP_EQUAL, 1, 0, audit_value),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, _NUMBER),
        (_JUMP_GREATER, 0, 1, NEWEST),
        _fails(errno.ENOSYS),
        *_when(ABSENT, column, [_fails(errno.ENOSYS)]),
        *_when(FORBIDDEN, column, [_fails(errno.EPERM)]),
        *_argument_rules(column, process),
        (_RETURN, 0, 0, _ALLOW),
    ]


def _argument_rules(column: int, process: int) -> list[Instruction]:
    to_itself = _only(0, (process,))
    rules = {
        "clone": [_argument(0), (_AND, 0, 0, _CLONE_THREAD | _CLONE_NEW), *_only_loaded((_CLONE_THREAD,))],
        "prlimit64": _only(0, (0, process)),
        "prctl": _never(0, _PRCTL_OPTIONS),
        "fcntl": _never(1, _FCNTL_COMMANDS),
        "ioctl": _never(1, _IOCTL_COMMANDS),
    }
    return [
        instruction
        for name, numbers in CHECKED.items()
        for instruction in _when({name: numbers}, column, rules.get(name, to_itself))
    ]


def _when(calls: Mapping[str, Numbers], column: int, then: list[Instruction]) -> list[Instruction]:
    """Return the instructions that do `then`, which ends the program, for each of the calls."""
    numbers = [numbers[column] for numbers in calls.values()]
    return [
        instruction
        for number in numbers
        if number is not None
        for instruction in ((_JUMP_EQUAL, 0, len(then), number), *then)
    ]


def _only(argument: int, allowed: tuple[int, ...]) -> list[Instruction]:
    return [_argument(argument), *_only_loaded(allowed)]


def _only_loaded(allowed: tuple[int, ...]) -> list[Instruction]:
    matches = [(_JUMP_EQUAL, 0, 1, value) for value in allowed]
    allow = (_RETURN, 0, 0, _ALLOW)
    return [*(each for match in matches for each in (match, allow)), _fails(errno.EPERM)]


def _never(argument: int, forbidden: tuple[int, ...]) -> list[Instruction]:
    matches = [(_JUMP_EQUAL, 0, 1, value) for value in forbidden]
    refuse = _fails(errno.EPERM)
    return [_argument(argument), *(each for match in matches for each in (match, refuse)), (_RETURN, 0, 0, _ALLOW)]


def _argument(index: int) -> Instruction:
    """Load the low half of an argument: process ids, options and commands have 32 bits."""
    return (_LOAD, 0, 0, _ARGUMENTS + 8 * index)


def _fails(code: int) -> Instruction:
    return (_RETURN, 0, 0, _ERRNO | code)
