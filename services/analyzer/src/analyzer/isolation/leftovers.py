"""Processes that an analysis leaves behind: they become children of this process, which ends them.

The cage lets the child start none. This holds where the kernel has no seccomp.
"""

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import structlog

from analyzer.isolation.kernel import PR_SET_CHILD_SUBREAPER, prctl

_ROUNDS = 100
_log = structlog.get_logger(__name__)


def adopt_orphans() -> None:
    """Make the kernel hand processes whose parents end to this process instead of to process 1. Linux only."""
    if sys.platform == "linux":
        prctl(PR_SET_CHILD_SUBREAPER, 1)


def children() -> frozenset[int]:
    """Return the ids of this process's children. Linux only; elsewhere there are none to be adopted."""
    if sys.platform != "linux" or not _has_children():
        return frozenset()
    return frozenset(process for process in _processes() if _parent(process) == os.getpid())


def end_leftovers(before: frozenset[int]) -> None:
    """Kill and reap the children that came since `before`, but not those in this process's session: it started them.

    A process runs one analysis at a time; its child has ended before. This looks again until it finds none, because a
    leftover may start others meanwhile.
    """
    for _ in range(_ROUNDS):
        left = [process for process in children() - before if _in_foreign_session(process)]
        if not left:
            return
        _log.warning("analysis_left_processes", count=len(left))
        for process in left:
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(process, signal.SIGKILL)
                os.waitpid(process, 0)


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


def _in_foreign_session(process: int) -> bool:
    try:
        return os.getsid(process) != os.getsid(0)
    except ProcessLookupError:
        return False
