"""A MongoDB server that is down, is killed, and is restarted."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import get_args

import pytest
import pytest_asyncio

from chassis.adapters.mongo.database import MongoDriver, mongo_database
from chassis.adapters.mongo.document_store import MongoDocumentStore
from chassis.adapters.mongo.key_store import MongoKeyStore
from chassis.adapters.mongo.rate_limits import MongoWindowStorage
from chassis.ports.document_store import Collection, Document
from chassis.ports.event_store import StoreUnavailable
from testkit.conformance.samples import DEADLINE_SECONDS
from testkit.eventually import eventually
from tests.servers.mongodb import MongodbServer
from tests.servers.ports import free_port
from tests.servers.shared import required

DEFAULT, *OTHERS = get_args(MongoDriver)
pytestmark = pytest.mark.parametrize(
    "mongodb_driver", [DEFAULT, *(pytest.param(driver, marks=pytest.mark.thorough) for driver in OTHERS)]
)

THINGS = Collection("things", ("owner",), (("owner",),))
Call = Callable[[], Awaitable[object]]


@pytest.fixture
def server(tmp_path: Path) -> Generator[MongodbServer]:
    """A server for one test, not started yet."""
    required(MongodbServer)
    server = MongodbServer(tmp_path / "mongodb", free_port())
    yield server
    server.kill()


class Stores:
    def __init__(self, documents: MongoDocumentStore, keys: MongoKeyStore, windows: MongoWindowStorage) -> None:
        self.documents, self.keys, self.windows = documents, keys, windows

    @property
    def calls(self) -> list[Call]:
        documents, thing = self.documents, Document("a", 1, b"{}")
        return [
            lambda: documents.put_newer(THINGS, [thing]),
            lambda: documents.get(THINGS, "a"),
            lambda: documents.get_many(THINGS, ["a"]),
            lambda: documents.find(THINGS, {}, order="owner"),
            lambda: documents.find_as_json(THINGS, {}, order="owner"),
            lambda: documents.delete(THINGS, ["a"]),
            lambda: documents.compare_and_set(THINGS, thing, None),
            lambda: documents.compare_and_set(THINGS, thing, 1),
            lambda: documents.wait_for(THINGS, "a", 9, 0.1),
            lambda: self.keys.key_for("user-1"),
            lambda: self.keys.shred("user-1"),
            lambda: self.windows.incr("user:1", 60),
            lambda: self.windows.get("user:1"),
            lambda: self.windows.clear("user:1"),
        ]


@pytest_asyncio.fixture
async def stores(server: MongodbServer, mongodb_driver: MongoDriver) -> AsyncGenerator[Stores]:
    uri = server.endpoint.replace("//", "//dora:pass-word@")
    async with mongo_database(uri, "tests", mongodb_driver) as database:
        yield Stores(MongoDocumentStore(database), MongoKeyStore(database), MongoWindowStorage(database))


@pytest_asyncio.fixture
async def documents(server: MongodbServer, mongodb_driver: MongoDriver) -> AsyncGenerator[MongoDocumentStore]:
    async with mongo_database(server.endpoint, "tests", mongodb_driver) as database:
        yield MongoDocumentStore(database)


async def outcome(call: Call) -> object:
    try:
        return await call()
    except StoreUnavailable as problem:
        return problem


async def test_every_method_raises_store_unavailable_without_address_or_password(stores: Stores) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        outcomes = await asyncio.gather(*(outcome(call) for call in stores.calls))
    assert [type(each) for each in outcomes] == [StoreUnavailable] * len(outcomes)
    assert not [each for each in outcomes if "pass-word" in str(each) or "127.0.0.1" in str(each)]


@pytest.mark.parametrize("uri", ["mongodb://dora:pass-word@h:port/", "http://dora:pass-word@h", "mongodb://:pass-word"])
async def test_the_error_for_a_malformed_uri_does_not_quote_it(uri: str, mongodb_driver: MongoDriver) -> None:
    with pytest.raises(ValueError, match="the connection string of MongoDB is not valid") as refused:
        async with mongo_database(uri, "tests", mongodb_driver):
            pass
    assert "pass-word" not in str(refused.value)


async def test_a_server_that_starts_later_is_used(server: MongodbServer, documents: MongoDocumentStore) -> None:
    assert isinstance(await outcome(lambda: documents.put_newer(THINGS, [Document("a", 1, b"1")])), StoreUnavailable)
    await asyncio.to_thread(server.start)

    async def is_put() -> bool:
        return await outcome(lambda: documents.put_newer(THINGS, [Document("a", 1, b"1")])) is None

    await eventually(is_put, within=DEADLINE_SECONDS)
    assert [each.id for each in await documents.find(THINGS, {}, order="owner")] == ["a"]


async def test_a_killed_server_loses_no_acknowledged_write(
    server: MongodbServer, documents: MongoDocumentStore
) -> None:
    await asyncio.to_thread(server.start)
    acknowledged: set[str] = set()

    async def write(name: str) -> None:
        """Write until the server is killed."""
        with suppress(StoreUnavailable):
            for number in count():
                await documents.put_newer(THINGS, [Document(f"{name}{number}", 1, b"{}")])
                acknowledged.add(f"{name}{number}")

    writing = asyncio.gather(*(write(name) for name in "abcd"))

    async def is_under_way() -> bool:
        return len(acknowledged) > 50

    await eventually(is_under_way, within=DEADLINE_SECONDS)
    await asyncio.to_thread(server.kill)
    async with asyncio.timeout(2 * DEADLINE_SECONDS):
        await writing
    await asyncio.to_thread(server.start)

    async def is_back() -> bool:
        return not isinstance(await outcome(lambda: documents.get(THINGS, "a0")), StoreUnavailable)

    await eventually(is_back, within=DEADLINE_SECONDS)
    assert set(await documents.get_many(THINGS, sorted(acknowledged))) == acknowledged


async def test_a_hanging_server_times_out_and_is_used_again(
    server: MongodbServer, documents: MongoDocumentStore
) -> None:
    await asyncio.to_thread(server.start)
    await documents.put_newer(THINGS, [Document("a", 1, b"1")])
    assert server.pid is not None

    async def is_unavailable() -> bool:
        return isinstance(await outcome(lambda: documents.get(THINGS, "a")), StoreUnavailable)

    os.kill(server.pid, signal.SIGSTOP)  # the process may answer once more before the signal reaches all its threads
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            await eventually(is_unavailable)
    finally:
        os.kill(server.pid, signal.SIGCONT)

    async def is_back() -> bool:
        return not await is_unavailable()

    await eventually(is_back, within=DEADLINE_SECONDS)


async def test_waiting_raises_store_unavailable_when_the_server_is_killed(
    server: MongodbServer, documents: MongoDocumentStore
) -> None:
    await asyncio.to_thread(server.start)
    waiting = asyncio.ensure_future(documents.wait_for(THINGS, "a", 1, timeout=10 * DEADLINE_SECONDS))
    assert await documents.wait_for(THINGS, "a", 1, timeout=0.1) is False
    await asyncio.to_thread(server.kill)
    async with asyncio.timeout(DEADLINE_SECONDS):
        with pytest.raises(StoreUnavailable):
            await waiting
