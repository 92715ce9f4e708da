"""Resource limits of a child process, which it applies to itself before it reads the upload."""

import os
import resource
import signal
import sys

from pydantic import BaseModel, ConfigDict, PositiveInt

from analyzer.isolation.kernel import PR_SET_PDEATHSIG, prctl

GIB = 1 << 30
NICENESS = 10
"""Added to the server's by the template, so that requests take precedence over analyses."""
OPEN_FILES = 256
THREADS = 8192
"""Bound of threads, far above what a model needs (one for each core): the kernel counts every process and thread of the
user on the machine, in other containers too. The cage forbids processes (`seccomp.py`)."""


class ChildLimits(BaseModel):
    """Limits of one analysis.

    Attributes:
        address_space_bytes: virtual memory of the child; a GPU runtime maps far more than it uses, so it needs a larger
            limit.
        seconds: wall-clock time limit.
        seconds_with_model: wall-clock time limit when a model is configured.
        file_bytes: size limit of a file that the child writes.
    """

    model_config = ConfigDict(frozen=True)

    address_space_bytes: PositiveInt = 4 * GIB
    seconds: PositiveInt = 15 * 60
    seconds_with_model: PositiveInt = 30 * 60
    file_bytes: PositiveInt = 2 * GIB


def die_with_parent() -> None:
    """Make the kernel kill this process when its parent ends. Linux only (PR_SET_PDEATHSIG).

    Elsewhere the template sees its socket closed, and kills its children. A parent that had ended before is not seen
    here: the caller looks for that.
    """
    if sys.platform == "linux":
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def apply_limits(limits: ChildLimits, seconds: int) -> None:
    """Apply the limits to this process; CPU time is `seconds` per core, the parent enforces the wall-clock limit."""
    cpu_seconds = seconds * (os.cpu_count() or 1)
    _limit(resource.RLIMIT_AS, limits.address_space_bytes)
    _limit(resource.RLIMIT_CPU, cpu_seconds, grace=5)
    _limit(resource.RLIMIT_FSIZE, limits.file_bytes)
    limit_open_files()
    _limit(resource.RLIMIT_NPROC, THREADS)
    _limit(resource.RLIMIT_CORE, 0)


def limit_open_files() -> None:
    """Bound the descriptors of this process: the template's too, which has a few for each child."""
    _limit(resource.RLIMIT_NOFILE, OPEN_FILES)


def _limit(resource_id: int, value: int, grace: int = 0) -> None:
    """Lower a resource limit; never above the inherited hard limit."""
    hard = resource.getrlimit(resource_id)[1]
    allowed = value + grace if hard == resource.RLIM_INFINITY else min(value + grace, hard)
    resource.setrlimit(resource_id, (min(value, allowed), allowed))
