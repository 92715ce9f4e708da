"""What an image does by itself, without the command and the settings of docker-compose.yml."""

from collections.abc import Iterator

import httpx
import pytest

from testkit.eventually import eventually
from tests.images.build import images
from tests.images.composed_product import ComposedProduct
from tests.images.container import ON_THE_HOST
from tests.images.containers import podman
from tests.servers.ports import free_port

_ALL_IN_ONE = "california-gold/all-in-one:local"
_SERVICES = sorted(set(images()) - {_ALL_IN_ONE, "california-gold/gateway:local"})


@pytest.fixture
def all_in_one(product: ComposedProduct) -> Iterator[tuple[str, str]]:
    """The name and the address of a container of the whole product in one process."""
    name, port = f"{product.topics.name}-all-in-one", free_port()
    podman("run", "--detach", "--name", name, *ON_THE_HOST, "--env", f"CALIFORNIA_GOLD_PORT={port}", _ALL_IN_ONE)
    yield name, f"http://127.0.0.1:{port}"
    podman("rm", "--force", "--time", "0", name)


@pytest.mark.usefixtures("product")
@pytest.mark.parametrize("image", _SERVICES)
def test_a_service_without_settings_ends_and_names_them(image: str) -> None:
    ended = podman("run", "--rm", *ON_THE_HOST, image, check=False)

    assert ended.returncode == 1
    assert "CALIFORNIA_GOLD_EVENTSTOREDB_URI: Field required" in ended.stderr
    assert "Traceback" not in ended.stderr


async def test_all_in_one_serves_the_whole_product_without_settings(all_in_one: tuple[str, str]) -> None:
    name, url = all_in_one

    async def is_ready() -> bool:
        try:
            async with httpx.AsyncClient() as http:
                return (await http.get(f"{url}/ready")).status_code == 200
        except httpx.TransportError:
            return False

    await eventually(is_ready, within=60)
    podman("stop", "--time", "45", name)
    assert podman("inspect", "--format", "{{.State.ExitCode}}", name).stdout.strip() == "0"
