"""The memory of a process, from /proc."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Growth:
    """By how many bytes the resident memory of a process rose at most."""

    bytes: int = 0


@contextmanager
def growth(pid: int) -> Generator[Growth]:
    """Measure the growth while the block runs; the value is there after the block."""
    measured = Growth()
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")  # forget the peak so far: proc(5)
    before = _bytes(pid, "VmRSS")
    yield measured
    measured.bytes = _bytes(pid, "VmHWM") - before


def _bytes(pid: int, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(encoding="ascii"), re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024
