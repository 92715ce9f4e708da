"""Index builds that take long: one at a time in a process, and calls that need no index do not wait for them."""

import asyncio
from collections.abc import AsyncGenerator
from typing import get_args

import pytest
import pytest_asyncio

from chassis.adapters.mongo import collection_setup
from chassis.adapters.mongo.database import MongoDatabase, MongoDriver, mongo_database
from chassis.adapters.mongo.document_store import MongoDocumentStore
from chassis.ports.document_store import Collection, Document
from chassis.ports.event_store import StoreUnavailable
from testkit.conformance.samples import DEADLINE_SECONDS, unique
from testkit.eventually import eventually
from tests.servers.replica_set_proxy import ReplicaSetProxy

pytestmark = pytest.mark.parametrize("mongodb_driver", get_args(MongoDriver))

COLLECTIONS = [Collection(f"things-{number}", ("owner",), (("owner",),)) for number in range(12)]
THING = Document("a", 1, b"1", {"owner": "x"})


@pytest_asyncio.fixture
async def database(replica_set: ReplicaSetProxy, mongodb_driver: MongoDriver) -> AsyncGenerator[MongoDatabase]:
    async with mongo_database(replica_set.uri, unique("tests-"), mongodb_driver) as database:
        yield database


def hold_builds(replica_set: ReplicaSetProxy, *collections: Collection) -> asyncio.Event:
    """Hold back the index builds of collections until the event is set."""
    held = asyncio.Event()
    replica_set.held |= {f"createIndexes {collection.name}": held for collection in collections}
    return held


async def build_requested(replica_set: ReplicaSetProxy) -> None:
    async def is_requested() -> bool:
        return "createIndexes" in replica_set.received

    await eventually(is_requested)


async def test_a_read_is_answered_in_time_while_many_indexes_are_built(
    replica_set: ReplicaSetProxy, database: MongoDatabase
) -> None:
    held, store = hold_builds(replica_set, *COLLECTIONS), MongoDocumentStore(database)
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            await asyncio.gather(*(store.put_newer(collection, [THING]) for collection in COLLECTIONS))
        await build_requested(replica_set)
        assert await store.get(COLLECTIONS[0], "a") == Document("a", 1, b"1")
        assert replica_set.received.count("createIndexes") == 1
    finally:
        held.set()
    found = await asyncio.gather(*(store.find(collection, {}, order="owner") for collection in COLLECTIONS))
    assert [len(documents) for documents in found] == [1] * len(COLLECTIONS)


async def test_a_collection_with_its_indexes_does_not_wait_for_the_build_of_another(
    replica_set: ReplicaSetProxy, database: MongoDatabase
) -> None:
    small, large = COLLECTIONS[:2]
    await MongoDocumentStore(database).find(small, {}, order="owner")
    replica_set.received.clear()
    held, restarted = hold_builds(replica_set, large), MongoDocumentStore(database)
    try:
        await restarted.put_newer(large, [THING])
        await build_requested(replica_set)
        assert await restarted.find(small, {}, order="owner") == []
    finally:
        held.set()


async def test_a_query_whose_index_is_being_built_fails_in_time_and_later_succeeds(
    replica_set: ReplicaSetProxy, database: MongoDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collection_setup, "TIMEOUT_SECONDS", 0.2)
    held, store = hold_builds(replica_set, COLLECTIONS[0]), MongoDocumentStore(database)
    try:
        with pytest.raises(StoreUnavailable, match="the indexes of things-0 are being built"):
            await store.find(COLLECTIONS[0], {}, order="owner")
    finally:
        held.set()

    async def is_served() -> bool:
        try:
            return await store.find(COLLECTIONS[0], {}, order="owner") == []
        except StoreUnavailable:
            return False

    await eventually(is_served)
