"""What a child process may use, and how it binds itself to that before it touches anything."""

import ctypes
import os
import resource
import signal
import sys

from pydantic import BaseModel, ConfigDict, PositiveInt

GIB = 1 << 30
PR_SET_PDEATHSIG = 1
OPEN_FILES = 256


class ChildLimits(BaseModel):
    """Limits of one analysis.

    Attributes:
        address_space_bytes: what the child may map; a GPU's runtime maps far more than it uses, so it needs a larger
            one.
        seconds: wall clock, from start to end.
        seconds_with_model: the same, when a model is configured.
        file_bytes: the largest file that the child may write.
        niceness: added to the parent's, so that serving goes before analysing.
    """

    model_config = ConfigDict(frozen=True)

    address_space_bytes: PositiveInt = 4 * GIB
    seconds: PositiveInt = 15 * 60
    seconds_with_model: PositiveInt = 30 * 60
    file_bytes: PositiveInt = 2 * GIB
    niceness: int = 10


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when process `parent` ends, however it ends; exit if it has ended already.

    Only Linux can; elsewhere a child of a killed server runs on until its time limit.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def apply_limits(limits: ChildLimits, seconds: int) -> None:
    """Bind this process; the time is counted on every core, because the parent's clock is the one that decides."""
    cpu_seconds = seconds * (os.cpu_count() or 1)
    _limit(resource.RLIMIT_AS, limits.address_space_bytes)
    _limit(resource.RLIMIT_CPU, cpu_seconds, grace=5)
    _limit(resource.RLIMIT_FSIZE, limits.file_bytes)
    _limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    _limit(resource.RLIMIT_CORE, 0)
    os.nice(limits.niceness)


def _limit(kind: int, value: int, grace: int = 0) -> None:
    """Lower a limit; never above the hard one that this process was born with."""
    hard = resource.getrlimit(kind)[1]
    allowed = value + grace if hard == resource.RLIM_INFINITY else min(value + grace, hard)
    resource.setrlimit(kind, (min(value, allowed), allowed))
