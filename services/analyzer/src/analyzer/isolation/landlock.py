"""Landlock: the kernel refuses this process every file that was not granted to it.

Since Linux 5.13; the interface is in docs.kernel.org/userspace-api/landlock.html.
"""

import ctypes
import os
import struct
from collections.abc import Iterable
from enum import IntFlag
from pathlib import Path
from stat import S_ISDIR

from analyzer.isolation.kernel import (
    LANDLOCK_ADD_RULE,
    LANDLOCK_CREATE_RULESET,
    LANDLOCK_RESTRICT_SELF,
    system_call,
)

_VERSION_FLAG = 1
_PATH_BENEATH = 1


class Access(IntFlag):
    """Rights to files, `LANDLOCK_ACCESS_FS_*`."""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    REFER = 1 << 13
    TRUNCATE = 1 << 14
    IOCTL_DEV = 1 << 15


READ = Access.READ_FILE | Access.READ_DIR
WRITE = READ | Access.WRITE_FILE | Access.TRUNCATE | Access.MAKE_REG | Access.REMOVE_FILE
"""Regular files only: no links, which the parent could follow, no devices, no folders, which it would descend into."""
_OF_FILES = Access.EXECUTE | Access.WRITE_FILE | Access.READ_FILE | Access.TRUNCATE | Access.IOCTL_DEV
_SINCE = {1: Access.REFER - 1, 2: Access.REFER, 3: Access.TRUNCATE, 5: Access.IOCTL_DEV}
_TCP_SINCE, _TCP = 4, 0b11
_SCOPES_SINCE, _SCOPES = 6, 0b11
"""TCP: bind and connect. Scopes: abstract Unix sockets and signals reach processes of the same restrictions only."""


def version() -> int:
    """Return the version of the kernel's interface; 0 where Landlock is not built in, not enabled or forbidden."""
    try:
        return system_call(LANDLOCK_CREATE_RULESET, None, 0, _VERSION_FLAG)
    except OSError:
        return 0


def restrict(readable: Iterable[Path], writable: Iterable[Path]) -> None:
    """Restrict this thread, and what it starts, to these files and all below these folders, for ever.

    A path that does not exist grants nothing. `no_new_privs` must be set. Raises OSError.
    """
    supported = version()
    handled = Access(sum(rights for since, rights in _SINCE.items() if since <= supported))
    ruleset = _ruleset(handled, supported)
    try:
        for paths, rights in ((readable, READ), (writable, WRITE)):
            for path in paths:
                _grant(ruleset, path, rights & handled)
        system_call(LANDLOCK_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _ruleset(handled: Access, supported: int) -> int:
    tcp = _TCP if supported >= _TCP_SINCE else 0
    scopes = _SCOPES if supported >= _SCOPES_SINCE else 0
    attributes = struct.pack("=QQQ", handled, tcp, scopes)
    return system_call(LANDLOCK_CREATE_RULESET, _buffer(attributes), len(attributes), 0)


def _grant(ruleset: int, path: Path, rights: Access) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return
    try:
        allowed = rights if S_ISDIR(os.fstat(place).st_mode) else rights & _OF_FILES
        system_call(LANDLOCK_ADD_RULE, ruleset, _PATH_BENEATH, _buffer(struct.pack("=Qi", allowed, place)), 0)
    finally:
        os.close(place)


def _buffer(content: bytes) -> "ctypes.Array[ctypes.c_char]":
    return ctypes.create_string_buffer(content, len(content))
