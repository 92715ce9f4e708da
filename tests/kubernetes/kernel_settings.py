"""The settings of this machine's kernel that a kubelet changes at its start."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

_SETTINGS = (
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
)


@contextmanager
def kept_kernel_settings() -> Generator[None]:
    """Set them back at the end of the block."""
    files = [Path("/proc/sys", name) for name in _SETTINGS]
    before = {file: file.read_text(encoding="ascii") for file in files}
    try:
        yield
    finally:
        for file, value in before.items():
            file.write_text(value, encoding="ascii")
