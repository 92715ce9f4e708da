"""A running product, shared by all tests that do not kill it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.api_client import Api
from tests.e2e.product import DEPLOYMENT_MODE, MakeProduct, Product, embedded_products


@pytest.fixture(scope="session")
def make_product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeProduct]:
    """Factory of products in the deployment mode `PRODUCT`: `embedded` (default) or `distributed`."""

    def new_folder() -> Path:
        return tmp_path_factory.mktemp("product")

    if DEPLOYMENT_MODE == "embedded":
        yield embedded_products(new_folder)
    else:
        from tests.e2e.distributed_product import distributed_products

        with distributed_products(new_folder) as make:
            yield make


@pytest.fixture(scope="session")
def product(make_product: MakeProduct) -> Iterator[Product]:
    running = make_product({}).start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def api(product: Product) -> Api:
    return Api(product.url)
