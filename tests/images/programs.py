"""The programs that build and run containers, from Debian's packages."""

import os
import shutil
import subprocess

_PACKAGES = ("buildah", "podman", "runc", "catatonit", "debootstrap", "golang-github-containers-common")
_PROGRAMS = ("buildah", "podman", "runc", "debootstrap")


def missing_programs() -> str | None:
    """Return why images can't be built and run here, or None."""
    missing = [program for program in _PROGRAMS if not shutil.which(program)]
    if missing:
        return f"{', '.join(missing)} not installed (make test-images)"
    return None if os.geteuid() == 0 else "containers are started by root only"


def install_programs() -> None:
    """Install what is missing, where Debian's packages can be installed. Raises `CalledProcessError`."""
    if missing_programs() and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *_PACKAGES]
        subprocess.run(install, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
