"""One product in embedded mode, which the tests attack without a token, and its memory."""

from collections.abc import Iterator

import pytest

from tests.e2e.embedded_product import EmbeddedProduct


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedProduct]:
    running = EmbeddedProduct(tmp_path_factory.mktemp("product")).start()
    yield running
    running.stop()
