"""The programs of a node that come from Debian's packages."""

import shutil
import subprocess
from pathlib import Path

_PACKAGES = ("containerd", "containernetworking-plugins", "iproute2", "iptables", "procps")
_PROGRAMS = ("containerd", "ctr", "ip", "iptables", "nsenter", "sysctl")
_PLUGIN = Path("/usr/lib/cni/bridge")


def missing() -> str | None:
    """Return what is not installed, or None."""
    names = [name for name in _PROGRAMS if not shutil.which(name)] + [_PLUGIN.name] * (not _PLUGIN.exists())
    return f"{', '.join(names)} not installed" if names else None


def install() -> None:
    """Install what is missing, where Debian's packages can be installed. Raises `CalledProcessError`."""
    if missing() and shutil.which("apt-get"):
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *_PACKAGES]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
