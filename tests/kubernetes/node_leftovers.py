"""What outlives the processes of a node: containers with their shims, mounts and cgroups."""

import os
import signal
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from testkit.eventually import eventually_blocking

_CGROUPS = Path("/sys/fs/cgroup")
_PODS = "kubepods"
_MOST_SECONDS = 30.0
_PAUSE_SECONDS = 0.1


def remove_leftovers(run: Path) -> None:
    """Kill the containers of the node whose sockets and mounts are below `run`, and remove those mounts and cgroups."""
    kill_containers(run)
    for mount in reversed(_mounts(run)):
        subprocess.run(["umount", "--lazy", mount], check=True)
    for hierarchy in _CGROUPS.iterdir():
        _remove_cgroup(hierarchy / _PODS)


def kill_containers(run: Path) -> None:
    """Kill all processes in pods, and the shims that own them. Raises `AssertionError` when they do not end."""

    def ended() -> bool:
        processes = list(_processes(str(run)))
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        return not processes

    eventually_blocking(ended, within=_MOST_SECONDS, pause=_PAUSE_SECONDS)


def _processes(run: str) -> Iterable[int]:
    """Return the shims, which name the socket of containerd, and all that runs in a pod."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            is_shim = b"containerd-shim" in (command := (process / "cmdline").read_bytes()) and run.encode() in command
            if is_shim or f"/{_PODS}/" in (process / "cgroup").read_text():
                yield int(process.name)
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended meanwhile


def _mounts(run: Path) -> list[str]:
    points = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return [point for point in points if Path(point).is_relative_to(run)]


def _remove_cgroup(group: Path) -> None:
    if not group.is_dir():
        return
    for folder, _, _ in os.walk(group, topdown=False):
        os.rmdir(folder)
