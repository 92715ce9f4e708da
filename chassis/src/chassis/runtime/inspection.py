"""Protection of the process's memory and environment, which hold secrets, from other processes of the same user."""

import ctypes
import sys

_PR_SET_DUMPABLE = 4


def forbid_inspection() -> None:
    """Forbid `/proc/<pid>/environ`, `ptrace` and core dumps of this process, except to root. Linux only.

    The child that reads an upload runs as the same user. A program that is executed starts without the protection, so
    each main program calls this first.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
