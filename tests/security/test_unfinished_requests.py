"""Unfinished requests keep nobody out, and leave the stores the descriptors that they need."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from testkit.eventually import eventually
from tests.e2e.embedded_product import EmbeddedProduct
from tests.security.unfinished_requests import BODY, KINDS, unfinished

OPEN_FILES = 256
UNFINISHED = 300
DEADLINE_SECONDS = 20.0
"""An honest request takes milliseconds; the machine of a test may be busy."""
SAME, OTHER = "127.0.0.1", "127.0.0.2"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedProduct]:
    """A product that may open few files, with half of them left to connections."""
    running = EmbeddedProduct(tmp_path_factory.mktemp("product"), open_files=OPEN_FILES).start()
    yield running
    running.stop()


@pytest.mark.parametrize(
    ("kind", "address"),
    [(kind, address) for kind in KINDS for address in (SAME, OTHER) if (kind, address) != (BODY, SAME)],
)
def test_unfinished_requests_keep_nobody_out(small: EmbeddedProduct, kind: str, address: str) -> None:
    with unfinished(small.url, KINDS[kind], UNFINISHED):
        for _ in range(10):
            assert health(small, address) == 200
    assert "Too many open files" not in small.log


async def test_bodies_that_rest_make_room_for_requests_from_their_own_address(small: EmbeddedProduct) -> None:
    with unfinished(small.url, KINDS[BODY], UNFINISHED):

        async def is_answered() -> bool:
            return await asyncio.to_thread(health, small, SAME) == 200

        await eventually(is_answered, within=DEADLINE_SECONDS)


def health(product: EmbeddedProduct, address: str) -> int:
    """Ask, on a new connection from an address, whether every store can be read and written; return the status."""
    with httpx.Client(transport=httpx.HTTPTransport(local_address=address), timeout=DEADLINE_SECONDS) as client:
        return client.get(f"{product.url}/health").status_code


def test_what_was_refused_is_counted_and_logged_by_reason(small: EmbeddedProduct) -> None:
    with unfinished(small.url, KINDS["a part of a head"], UNFINISHED):
        metrics = httpx.get(f"{small.url}/metrics").text
    assert 'california_gold_connections_refused_total{reason="replaced"}' in metrics
    assert '"event": "connections_refused"' in small.log or '"event":"connections_refused"' in small.log
