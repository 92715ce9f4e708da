"""The images of docker-compose.yml, built from the very Dockerfile with the settings of this machine's pip and npm."""

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.deployment.compose_file import Build, our_services
from tests.images.base_image import DOCKERFILE, base_image_name
from tests.images.containers import buildah, image_exists, podman

_AT_ONCE = 2
_PIP_SETTINGS = {"index-url", "extra-index-url", "trusted-host", "cert"}
_NPM_SETTINGS = ("registry", "cafile")
_PIP_SETTING = re.compile(r"^[\w:]+\.([\w-]+)='(.*)'$", re.MULTILINE)


def images() -> Mapping[str, Build]:
    """Return the name of each image and how it is built."""
    return {service.image: service.build for service in our_services().values()}


def missing_images() -> Sequence[str]:
    """Return the names of the images that are not built."""
    return [name for name in images() if not image_exists(f"localhost/{name}")]


def build_images() -> None:
    """Build all images: one service alone, because the others share its first layers. Raises `CalledProcessError`."""
    (first, *others) = sorted(images(), key=lambda name: images()[name].target is not None)
    with TemporaryDirectory() as folder, ThreadPoolExecutor(_AT_ONCE) as executor:
        mounts = [*dict.fromkeys([*_pip_mounts(Path(folder)), *_npm_mounts(Path(folder))])]
        _build(first, mounts)
        for build in [executor.submit(_build, name, mounts) for name in others]:
            build.result()
    podman("image", "prune", "--force", "--filter", "until=24h")


def _build(name: str, mounts: Sequence[str]) -> None:
    build = images()[name]
    target = ["--target", build.target] if build.target else []
    arguments = [f"--build-arg={key}={value}" for key, value in {"PYTHON": base_image_name(), **build.args}.items()]
    volumes = [f"--volume={mount}:ro" for mount in mounts]
    options = ["--isolation=chroot", "--format=docker", "--layers", "--pull=never"]
    buildah("bud", *options, *target, *arguments, *volumes, f"--tag={name}", str(DOCKERFILE.parent))


def _pip_mounts(folder: Path) -> Sequence[str]:
    """Return mounts with the index of this machine's pip and the certificates that it trusts."""
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], check=True, capture_output=True, text=True)
    settings = {name: value for name, value in _PIP_SETTING.findall(listed.stdout) if name in _PIP_SETTINGS}
    file = folder / "pip.conf"
    lines = [f"{name} = {value}" for name, value in settings.items()]
    file.write_text("\n".join(["[global]", *lines, ""]), encoding="utf-8")
    certificates = [f"{settings['cert']}:{settings['cert']}"] if "cert" in settings else []
    return [f"{file}:/etc/pip.conf", *certificates]


def _npm_mounts(folder: Path) -> Sequence[str]:
    """Return mounts with the registry of this machine's npm and the certificates that it trusts; none without npm."""
    if not shutil.which("npm"):
        return []
    settings = {name: _npm_setting(name) for name in _NPM_SETTINGS}
    given = {name: value for name, value in settings.items() if value not in {"", "null", "undefined"}}
    file = folder / "npmrc"
    file.write_text("".join(f"{name}={value}\n" for name, value in given.items()), encoding="utf-8")
    certificates = [f"{given['cafile']}:{given['cafile']}"] if "cafile" in given else []
    return [f"{file}:/root/.npmrc", *certificates]


def _npm_setting(name: str) -> str:
    return subprocess.run(["npm", "config", "get", name], check=True, capture_output=True, text=True).stdout.strip()
