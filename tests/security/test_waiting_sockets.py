"""Sockets of jobs that do not exist give way to the next ones of their client, in both deployment modes."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection

from tests.e2e.api_client import Account, Api, expect
from tests.e2e.product import Product, products
from tests.e2e.sockets import close_code

NO_SUCH_JOB = 4404
MAX_SOCKETS = 5
UPLOADS = 6


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product in the deployment mode `PRODUCT` that limits the sockets of a client."""
    settings = {
        "CALIFORNIA_GOLD_RATE_LIMITS": "on",
        "CALIFORNIA_GOLD_SOCKETS_PER_USER": str(MAX_SOCKETS),
        # The start of the distributed product is watched by creating and reading more jobs than a person may.
        "CALIFORNIA_GOLD_REQUESTS_PER_MINUTE": "100000",
        "CALIFORNIA_GOLD_UPLOADS_PER_MINUTE": "100000",
        "CALIFORNIA_GOLD_USER_JOBS_WAITING": "100000",
    }
    with products(lambda: tmp_path_factory.mktemp("product")) as make:
        running = make(settings).start()
        yield running
        running.stop()


@pytest.fixture
def api(product: Product) -> Api:
    return Api(product.url)


@pytest_asyncio.fixture
async def account(api: Api) -> AsyncIterator[Account]:
    async with api.registered() as registered:
        yield registered


async def opened(sockets: AsyncExitStack, api: Api, account: Account | None, job_id: object) -> ClientConnection:
    """Open a socket, of an account or without a token; return it once it has received its first message."""
    headers = {"Authorization": f"Bearer {account.token}"} if account else None
    socket = await sockets.enter_async_context(api.socket(job_id, headers=headers))
    async with asyncio.timeout(30):
        await socket.recv()
    return socket


@pytest.mark.parametrize("signed_in", [False, True], ids=["by address", "by user"])
async def test_a_page_that_leaves_two_sockets_behind_at_each_upload_goes_on_for_ever(
    api: Api, account: Account, *, signed_in: bool
) -> None:
    async with AsyncExitStack() as sockets:
        left = [
            await opened(sockets, api, account if signed_in else None, uuid4())
            for _ in range(UPLOADS)
            for _ in ("before the upload", "after it")
        ]
        assert [await close_code(socket) for socket in left[:-MAX_SOCKETS]] == [NO_SUCH_JOB] * (len(left) - MAX_SOCKETS)
        assert [socket.close_code for socket in left[-MAX_SOCKETS:]] == [None] * MAX_SOCKETS


async def test_a_socket_whose_job_came_to_be_stays(api: Api, account: Account) -> None:
    job = expect(await account.http.post("/jobs", data={"title": "CT"}), 201)
    async with AsyncExitStack() as sockets:
        followed = await opened(sockets, api, account, job["id"])
        left = [await opened(sockets, api, account, uuid4()) for _ in range(MAX_SOCKETS + 1)]
        assert await close_code(left[0]) == NO_SUCH_JOB
        expect(await account.http.put(f"/jobs/{job['id']}", json={"status": "cancelled"}), 200)
        async with asyncio.timeout(30):
            assert json.loads(await followed.recv())["job"]["status"] == "cancelled"
