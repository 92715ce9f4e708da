"""Containers stop within the time that docker-compose.yml gives them, and start again."""

from collections.abc import Iterator, Mapping

import pytest

from tests.images.composed_product import ComposedProduct
from tests.images.container import Container


@pytest.fixture(scope="module")
def stops(product: ComposedProduct) -> Iterator[Mapping[str, tuple[int, float]]]:
    """The exit code of each container and the seconds that its stop took; afterwards all are started again."""
    yield {name: container.stop() for name, container in product.containers.items()}
    for container in product.containers.values():
        container.remove()
    product.start()


def test_a_container_stops_with_exit_code_0_within_its_grace_period(
    container: Container, stops: Mapping[str, tuple[int, float]]
) -> None:
    code, seconds = stops[container.service.name]

    assert code == 0, container.log()[-3000:]
    assert seconds < container.service.stop_grace_period
