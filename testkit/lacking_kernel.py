"""A kernel that seems to lack a system call: a filter answers as an older kernel does."""

import platform
import sys
from collections.abc import Sequence

LANDLOCK_CREATE_RULESET = 444
SECCOMP = {"x86_64": 317, "aarch64": 277}[platform.machine()]
_EXECUTE = """
import errno, os, sys
from analyzer.isolation.kernel import PR_SET_NO_NEW_PRIVS, prctl
from analyzer.isolation.seccomp import install
absent = (0x06, 0, 0, 0x0005_0000 | errno.ENOSYS)
prctl(PR_SET_NO_NEW_PRIVS, 1)
install([(0x20, 0, 0, 0), (0x15, 0, 1, int(sys.argv[1])), absent, (0x06, 0, 0, 0x7FFF_0000)])
os.execv(sys.argv[2], sys.argv[2:])
"""


def without_system_call(number: int, *command: str) -> Sequence[str]:
    """Return the command line that runs a command on such a kernel."""
    return [sys.executable, "-c", _EXECUTE, str(number), *command]
