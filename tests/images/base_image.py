"""The base image of the Dockerfile, made from Debian's packages: the same Debian and minor version of Python.

Whoever has a registry gets the real one under this name.
"""

import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.images.containers import image_exists, podman

DOCKERFILE = Path(__file__).parents[2] / "Dockerfile"
_RELEASE = "bookworm"
_PACKAGES = "python3,python3-venv,python-is-python3,ca-certificates"


def make_base_image() -> None:
    """Make it unless it is there. Raises `CalledProcessError`."""
    name = base_image_name()
    if image_exists(name):
        return
    with TemporaryDirectory() as folder:
        _debootstrap(Path(folder) / "root")
        archive = str(Path(folder) / "root.tar")
        subprocess.run(["tar", "-C", str(Path(folder) / "root"), "-cf", archive, "."], check=True)
        podman("import", "--change", "ENV PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", archive, name)


def base_image_name() -> str:
    """Return the full name of the base image in the Dockerfile, without a digest: ours has another."""
    found = re.search(
        rf"^ARG PYTHON=(python:3\.11\.\d+-slim-{_RELEASE})(?:@sha256:\w+)?$",
        DOCKERFILE.read_text("utf-8"),
        re.MULTILINE,
    )
    if found is None:
        raise RuntimeError(f"the Dockerfile is not based on Python 3.11 on Debian {_RELEASE}")
    return f"docker.io/library/{found[1]}"


def _debootstrap(root: Path) -> None:
    command = ["debootstrap", "--variant=minbase", f"--include={_PACKAGES}", _RELEASE, str(root), *_mirror()]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    apt = subprocess.run(["apt-config", "dump", "Acquire"], check=True, capture_output=True).stdout
    (root / "etc" / "apt" / "apt.conf.d" / "90-of-this-machine").write_bytes(apt)
    for folder in ("var/cache/apt/archives", "var/lib/apt/lists", "usr/share/doc", "usr/share/locale"):
        subprocess.run(["find", str(root / folder), "-type", "f", "-delete"], check=True)


def _mirror() -> list[str]:
    """Return the first mirror of Debian that this machine uses; none for debootstrap's default."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Origin: Debian", "Component: main"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[:1]
