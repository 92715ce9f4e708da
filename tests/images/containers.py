"""Podman and buildah, with their images and containers in the cache of the servers."""

import subprocess
from collections.abc import Sequence
from functools import cache as cached
from pathlib import Path

from tests.servers.cache import cache

_SECONDS = 900
_RUN = Path("/run/california-gold-images")
"""State that does not survive a restart of the machine; podman wants a short path."""


def buildah(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run buildah; its output is that of this process. Raises `CalledProcessError`."""
    return subprocess.run(["buildah", *_storage(), *arguments], check=True, stdin=subprocess.DEVNULL, timeout=_SECONDS)


def podman(*arguments: str, check: bool = True, timeout: float = _SECONDS) -> subprocess.CompletedProcess[str]:
    """Run podman with runc and without systemd. Raises `CalledProcessError` and `TimeoutExpired`."""
    command = ["podman", *_storage(), *_without_systemd(), *arguments]
    return subprocess.run(
        command, check=check, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout
    )


def image_exists(name: str) -> bool:
    """Return whether the storage has an image."""
    return podman("image", "exists", name, check=False).returncode == 0


def _storage() -> Sequence[str]:
    root = str(cache() / "containers")
    return "--root", root, "--runroot", str(_RUN), "--storage-driver", _driver()


def _without_systemd() -> Sequence[str]:
    temporary = str(_RUN / "tmp")
    return "--runtime", "runc", "--cgroup-manager", "cgroupfs", "--events-backend", "none", "--tmpdir", temporary


@cached
def _driver() -> str:
    """Return the quicker driver that the kernel offers: vfs copies every layer."""
    return "overlay" if "\toverlay\n" in Path("/proc/filesystems").read_text(encoding="utf-8") else "vfs"
