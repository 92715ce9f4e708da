"""A running product, shared by all tests that do not kill it."""

from collections.abc import Iterator

import pytest

from testkit.otlp_receiver import OtlpReceiver, otlp_receiver
from tests.e2e.api_client import Api
from tests.e2e.product import MakeProduct, Product, products


@pytest.fixture(scope="session")
def make_product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeProduct]:
    """Factory of products in the deployment mode `PRODUCT`."""
    with products(lambda: tmp_path_factory.mktemp("product")) as make:
        yield make


@pytest.fixture(scope="session")
def receiver() -> Iterator[OtlpReceiver]:
    """Receiver of the spans of `product`."""
    with otlp_receiver() as running:
        yield running


@pytest.fixture(scope="session")
def product(make_product: MakeProduct, receiver: OtlpReceiver) -> Iterator[Product]:
    running = make_product(receiver.settings).start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def api(product: Product) -> Api:
    return Api(product.url)
