"""Processes that an analysis leaves behind: they become children of the template, which ends them.

The cage lets the child start none. This holds where the kernel has no seccomp.
"""

import os
import signal
import sys
from collections.abc import Container
from contextlib import suppress
from pathlib import Path

from analyzer.isolation.kernel import PR_SET_CHILD_SUBREAPER, prctl

_ROUNDS = 100


def adopt_orphans() -> None:
    """Make the kernel hand processes whose parents end to this process instead of to process 1. Linux only."""
    if sys.platform == "linux":
        prctl(PR_SET_CHILD_SUBREAPER, 1)


def children() -> frozenset[int]:
    """Return the ids of this process's children. Linux only; elsewhere there are none to be adopted."""
    if sys.platform != "linux" or not _has_children():
        return frozenset()
    return frozenset(process for process in _processes() if _parent(process) == os.getpid())


def end_leftovers(known: Container[int]) -> int:
    """Kill and reap the children that are not `known`: nobody but the analyses has started them. Return their number.

    This looks again until it finds none, because a leftover may start others meanwhile.
    """
    ended = 0
    for _ in range(_ROUNDS):
        left = [process for process in children() if process not in known]
        if not left:
            break
        ended += len(left)
        for process in left:
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(process, signal.SIGKILL)
                os.waitpid(process, 0)
    return ended


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _parent(process: int) -> int | None:
    """Return the parent's id, the second field after the program's name, which may hold blanks and brackets."""
    try:
        status = Path(f"/proc/{process}/stat").read_bytes()
    except OSError:
        return None
    return int(status[status.rindex(b")") + 1 :].split()[1])
