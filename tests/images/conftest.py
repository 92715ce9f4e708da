"""The product in containers, shared by all tests of the images. `make test` leaves them out: it builds no images."""

from collections.abc import Iterator

import pytest

from tests.deployment.compose_file import our_services
from tests.e2e.api_client import Api
from tests.images.build import missing_images
from tests.images.composed_product import ComposedProduct, remove_leftovers
from tests.images.container import Container
from tests.images.programs import missing_programs
from tests.servers.infrastructure_servers import SERVER_TYPES
from tests.servers.secured import SecuredServers, make_secrets
from tests.servers.shared import required

_LONG_RUNNING = sorted(set(our_services()) - {"credentials", "topics"})


class Images:
    """The images of docker-compose.yml, and what starts them."""

    @staticmethod
    def missing() -> str | None:
        """Return why containers can't be started, or None."""
        if problem := missing_programs():
            return problem
        missing = missing_images()
        return f"not built: {', '.join(missing)} (make test-images)" if missing else None


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposedProduct]:
    for server_type in (Images, *SERVER_TYPES):
        required(server_type)
    remove_leftovers()
    secrets = make_secrets(tmp_path_factory.mktemp("made") / "secrets")
    servers = SecuredServers.with_secrets(tmp_path_factory.mktemp("stores"), secrets)
    try:
        servers.start()
        with ComposedProduct(servers) as running:
            yield running
    finally:
        servers.stop()


@pytest.fixture(params=_LONG_RUNNING)
def container(request: pytest.FixtureRequest, product: ComposedProduct) -> Container:
    return product.containers[request.param]


@pytest.fixture(scope="session")
def api(product: ComposedProduct) -> Api:
    return Api(product.url)
