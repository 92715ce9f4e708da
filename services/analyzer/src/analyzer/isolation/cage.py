"""The cage: what the child can reach, even if what it reads takes over the libraries that read it (ADR 31)."""

import os
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from analyzer.isolation import landlock, seccomp
from analyzer.isolation.kernel import PR_SET_NO_NEW_PRIVS, prctl
from analyzer.isolation.protocol import AnalysisRequest
from chassis.runtime.inspection import forbid_inspection

LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache")
PROCESSOR = ("/proc/cpuinfo", "/sys/devices/system/cpu")
"""What libraries of numbers read to choose their code."""
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")


def missing_protections() -> list[str]:
    """Return what this kernel lacks of the cage."""
    if sys.platform != "linux":
        return ["Landlock", "seccomp"]
    available = {"Landlock": landlock.version() > 0, "seccomp": seccomp.available()}
    return [name for name, present in available.items() if not present]


def enter(request: AnalysisRequest) -> None:
    """Confine this process, which must have one thread, as far as the kernel can. Raises OSError.

    It reads the input, the model, and its own program and libraries. It writes to the work folder. It reaches no
    other file, socket or process and starts none; threads it may start.
    """
    if sys.platform != "linux":
        return
    if len(os.listdir("/proc/self/task")) > 1:
        raise RuntimeError("Landlock would not hold for the other threads")
    missing = missing_protections()
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    forbid_inspection()
    if "Landlock" not in missing:
        landlock.restrict(readable=_readable(request), writable=[request.work_folder])
    if "seccomp" not in missing:
        seccomp.restrict()


def _readable(request: AnalysisRequest) -> Iterator[Path]:
    yield from request.files
    manifest = request.configuration.model_manifest
    if manifest is not None:
        yield manifest
        yield from manifest.parent.glob("*.onnx")
    paths = sysconfig.get_paths()
    of_program = (paths["stdlib"], paths["platstdlib"], *sys.path)
    loaded_from = os.environ.get("LD_LIBRARY_PATH", "").split(":")
    for path in (*of_program, *LIBRARIES, *filter(None, loaded_from), *PROCESSOR, *DEVICES):
        yield Path(path)
