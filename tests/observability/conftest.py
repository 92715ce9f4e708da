"""A product that has answered requests of each kind, and two scrapes of a quiet minute of it."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from testkit.eventually import eventually
from tests.e2e.api_client import Account, Api
from tests.e2e.embedded_product import EmbeddedProduct
from tests.observability.promtool import Promtool
from tests.observability.samples import Samples, scrape
from tests.security.raw_http import connected
from tests.servers.shared import required


@dataclass(frozen=True)
class WatchedProduct:
    """A running product, and two scrapes with an ordinary minute between them."""

    product: EmbeddedProduct
    before: Samples
    after: Samples

    async def settled(self) -> Samples:
        """Return a scrape in which all that ran at first runs, and the failed job is counted in the statistics."""

        async def well() -> Samples | None:
            now = scrape(self.product.url)
            is_counted = now.matching("california_gold_jobs_failed_last_hour")
            return now if is_counted and all(now.values.get(each) == 1 for each in self._running()) else None

        found = await eventually(well, within=60, pause=0.2)
        assert found
        return found

    def _running(self) -> list[tuple[str, frozenset[tuple[str, str]]]]:
        names = ("california_gold_ready", "california_gold_store_up", "california_gold_relay_running")
        return [each for each in self.before.values if each[0] in names]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def watched(tmp_path_factory: pytest.TempPathFactory, text_zip: bytes) -> AsyncGenerator[WatchedProduct]:
    required(Promtool)
    product = EmbeddedProduct(tmp_path_factory.mktemp("watched")).start()
    try:
        async with Api(product.url).registered() as account:
            await _ordinary_minute(account, text_zip)
            first = WatchedProduct(product, scrape(product.url), Samples({}))
            before = await first.settled()
            await _ordinary_minute(account, text_zip)
            yield WatchedProduct(product, before, scrape(product.url))
    finally:
        product.kill()


async def _ordinary_minute(account: Account, upload: bytes) -> None:
    """Use the product as it is used, mistakes included."""
    job = await account.submit(upload)
    async with Api(str(account.http.base_url).rstrip("/")).socket(job["id"]):
        assert (await account.until_ended(job["id"]))["status"] == "failed", "it holds no image"
    for path in ("/jobs", f"/jobs/{job['id']}/history", "/files", "/stats", "/nowhere"):
        await account.http.get(path)
    wrong = {"username": account.user["username"], "password": "not the password"}
    assert (await account.http.post("/auth/login", json=wrong)).status_code == 401
    with connected(str(account.http.base_url)) as connection:
        connection.sendall(b"no request\r\n\r\n")
        assert connection.recv(100)
