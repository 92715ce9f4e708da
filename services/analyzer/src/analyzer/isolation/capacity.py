"""How many analyses this machine, or this container, can run at once."""

import os
from collections.abc import Iterator
from contextlib import suppress
from math import ceil
from pathlib import Path

from analyzer.isolation.limits import GIB

RESERVED_BYTES = GIB
"""Memory for the service and the template, beside that of the analyses."""
_ROOT = Path("/")


def capacity(wanted: int | None, memory_bytes: int, root: Path = _ROOT) -> int:
    """Return how many analyses run at once: `wanted`, or half the processors, but as fit into the memory; at least 1.

    `memory_bytes` is what one analysis may take. `root` is where `proc` and `sys` are mounted.
    """
    fitting = (memory(root) - RESERVED_BYTES) // memory_bytes
    return max(1, min(wanted or processors(root) // 2, fitting))


def processors(root: Path = _ROOT) -> int:
    """Return the processors that this process may use: those of its affinity, or less by its control group's quota."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min([affinity, *(ceil(quota) for quota in _quotas(root))])


def memory(root: Path = _ROOT) -> int:
    """Return the bytes of memory that this process may use: the machine's, or less by its control groups' limits."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([machine, *_memory_limits(root)])


def _quotas(root: Path) -> Iterator[float]:
    """Yield the processors' time that each control group allows in a period, as a number of processors."""
    for folder in _groups(root, "cpu"):
        with suppress(OSError, ValueError):
            quota, period = (folder / "cpu.max").read_text().split()
            yield int(quota) / int(period)
        with suppress(OSError, ValueError):
            quota = int((folder / "cpu.cfs_quota_us").read_text())
            if quota > 0:
                yield quota / int((folder / "cpu.cfs_period_us").read_text())


def _memory_limits(root: Path) -> Iterator[int]:
    for folder in _groups(root, "memory"):
        for name in ("memory.max", "memory.limit_in_bytes"):
            with suppress(OSError, ValueError):
                yield int((folder / name).read_text())


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """Yield the folders of this process's control group and of those around it.

    Each line of `/proc/self/cgroup` is `number:controllers:path`; version 2 names no controllers (cgroups(7)). A
    container sees its own group at the root of the mount, whatever the path says.
    """
    mount = root / "sys/fs/cgroup"
    with suppress(OSError):
        for line in (root / "proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if not controllers or controller in controllers.split(","):
                top = mount / controller if controllers else mount
                group = top / path.lstrip("/")
                yield from (folder for folder in (group, *group.parents) if folder.is_relative_to(top))
