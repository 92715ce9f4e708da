"""The images of the node: ours as the Dockerfile makes them, and those of the stores under the names of the overlay."""

import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.images.base_image import base_image_name, make_base_image
from tests.images.build import build_images, images
from tests.images.containers import buildah, podman
from tests.kubernetes.node import ctr
from tests.kubernetes.node_configuration import PAUSE_IMAGE
from tests.servers import cache
from tools.yaml_documents import all_parsed

_ROOT = Path(__file__).parents[2]
_STORES = _ROOT / "k8s" / "overlays" / "local"


def store_images() -> Mapping[str, str]:
    """Return the store -> the image that the overlay `local` names for it."""
    named: dict[str, str] = {}
    for name in ("kafka", "kurrentdb", "minio", "mongodb"):
        manifests = all_parsed((_STORES / f"{name}.yaml").read_text(encoding="utf-8"))
        (stateful,) = (each for each in manifests if each["kind"] == "StatefulSet")
        named[name] = _full_name(stateful["spec"]["template"]["spec"]["containers"][0]["image"])
    return named


def _full_name(image: str) -> str:
    return f"docker.io/{image}" if "/" in image else f"docker.io/library/{image}"


def build() -> None:
    """Build all images. Raises `CalledProcessError`."""
    make_base_image()
    build_images()
    for target, name in {"pause": PAUSE_IMAGE, **store_images()}.items():
        buildah(
            *("bud", "--isolation=chroot", "--format=docker", "--layers", "--pull=never", "--target", target),
            *(f"--build-arg=PYTHON={base_image_name()}", f"--build-arg=KAFKA={cache.kafka_libraries().name}"),
            f"--build-arg=SECANTUSDB={cache.mongodb_program().parents[1].name}",
            *(f"--build-context=repository={_ROOT}", "--build-context=debian=/usr/bin"),
            *(f"--file={_ROOT / 'tests/kubernetes/stores/Dockerfile'}", f"--tag={name}", str(cache.cache())),
        )


def load() -> None:
    """Bring the images to the node's containerd, ours under the names of the manifests. Raises `CalledProcessError`."""
    ours = [f"localhost/{name}" for name in images()]
    names = [PAUSE_IMAGE, *ours, *store_images().values()]
    wanted = podman("image", "inspect", "--format", "{{.Id}}", *names).stdout
    loaded = cache.containerd() / "loaded"
    if loaded.exists() and loaded.read_text(encoding="utf-8") == wanted:
        return
    with TemporaryDirectory(dir=cache.cache()) as folder:
        archive = str(Path(folder, "images.tar"))
        podman("save", "--multi-image-archive", "--output", archive, *names)
        ctr("images", "import", archive)
    for name in ours:
        ctr("images", "tag", "--force", name, re.sub("^localhost/", "docker.io/", name))
    loaded.write_text(wanted, encoding="utf-8")
