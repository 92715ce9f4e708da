"""A replica set whose primary steps down or is lost in the middle of a call: the driver repeats the call once."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import get_args

import pytest
import pytest_asyncio

from chassis.adapters.mongo.database import MongoDriver, mongo_database
from chassis.adapters.mongo.document_store import MongoDocumentStore
from chassis.adapters.mongo.key_store import MongoKeyStore
from chassis.adapters.mongo.rate_limits import MongoWindowStorage
from chassis.ports.document_store import Collection, Document
from testkit.conformance.samples import DEADLINE_SECONDS, unique
from testkit.eventually import eventually
from tests.servers.replica_set_proxy import NOT_WRITABLE_PRIMARY, SHUTDOWN_IN_PROGRESS, ReplicaSetProxy

THINGS = Collection("things", ("owner",), (("owner",),))


@dataclass
class Stores:
    documents: MongoDocumentStore
    keys: MongoKeyStore
    windows: MongoWindowStorage


@dataclass(frozen=True)
class Call:
    """A call, the command of it that fails at first, and whether the result is right."""

    of: Callable[[Stores], Awaitable[object]]
    command: str
    is_right: Callable[[object], bool] = lambda result: result is None


def document(document_id: str, revision: int) -> Document:
    return Document(document_id, revision, b"%d" % revision, {"owner": "x"})


def is_old(result: object) -> bool:
    return result == Document("old", 1, b"1")


def is_true(result: object) -> bool:
    return result is True


def is_key(result: object) -> bool:
    return isinstance(result, bytes) and len(result) == 32


CALLS = {
    "put_newer of a first revision": Call(lambda on: on.documents.put_newer(THINGS, [document("a", 0)]), "insert"),
    "put_newer of a later revision": Call(lambda on: on.documents.put_newer(THINGS, [document("old", 2)]), "update"),
    "get": Call(lambda on: on.documents.get(THINGS, "old"), "find", is_old),
    "find": Call(
        lambda on: on.documents.find(THINGS, {}, order="owner"), "find", lambda it: it == [Document("old", 1, b"1")]
    ),
    "wait_for": Call(lambda on: on.documents.wait_for(THINGS, "old", 1, timeout=DEADLINE_SECONDS), "find", is_true),
    "find_as_json": Call(
        lambda on: on.documents.find_as_json(THINGS, {}, order="owner"), "find", lambda it: it == b"[1]"
    ),
    "delete": Call(lambda on: on.documents.delete(THINGS, ["old"]), "delete"),
    "compare_and_set of a new document": Call(
        lambda on: on.documents.compare_and_set(THINGS, document("a", 0), None), "insert", is_true
    ),
    "compare_and_set": Call(lambda on: on.documents.compare_and_set(THINGS, document("old", 2), 1), "update", is_true),
    "key_for": Call(lambda on: on.keys.key_for("user-1"), "find", is_key),
    "key_for a new subject": Call(lambda on: on.keys.key_for("user-2"), "insert", is_key),
    "shred": Call(lambda on: on.keys.shred("user-1"), "update"),
    "incr": Call(lambda on: on.windows.incr("user:1", 60), "findAndModify", lambda count: count == 2),
    "get of a counter": Call(lambda on: on.windows.get("user:1"), "findAndModify", lambda count: count == 1),
    "clear": Call(lambda on: on.windows.clear("user:1"), "delete"),
}

pytestmark = [
    pytest.mark.parametrize("mongodb_driver", get_args(MongoDriver)),
    pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys()),
]


@pytest_asyncio.fixture
async def stores(replica_set: ReplicaSetProxy, mongodb_driver: MongoDriver) -> AsyncGenerator[Stores]:
    """Stores with a document, a key and a counter; their collections and indexes exist."""
    async with mongo_database(replica_set.uri, unique("tests-"), mongodb_driver) as database:
        stores = Stores(MongoDocumentStore(database), MongoKeyStore(database), MongoWindowStorage(database))
        await stores.documents.put_newer(THINGS, [document("old", 1)])
        await stores.documents.find(THINGS, {}, order="owner")
        await stores.keys.key_for("user-1")
        await stores.windows.incr("user:1", 60)

        async def indexes_are_requested() -> bool:
            return replica_set.received.count("createIndexes") == 2

        await eventually(indexes_are_requested)
        yield stores


@pytest.mark.parametrize("code", [NOT_WRITABLE_PRIMARY, SHUTDOWN_IN_PROGRESS])
async def test_a_call_that_the_primary_refuses_is_served(
    replica_set: ReplicaSetProxy, stores: Stores, call: Call, code: int
) -> None:
    replica_set.refusals[call.command] = code
    assert call.is_right(await call.of(stores))
    assert not replica_set.refusals


async def test_a_call_whose_answer_is_lost_has_its_effect_once(
    replica_set: ReplicaSetProxy, stores: Stores, call: Call
) -> None:
    replica_set.lost_answers.add(call.command)
    assert call.is_right(await call.of(stores))
    assert not replica_set.lost_answers


async def test_a_call_waits_for_the_next_primary(replica_set: ReplicaSetProxy, stores: Stores, call: Call) -> None:
    replica_set.has_primary = False
    calling = asyncio.ensure_future(call.of(stores))

    async def waits_for_a_primary() -> bool:
        return replica_set.told_of_no_primary

    await eventually(waits_for_a_primary)
    replica_set.has_primary = True
    async with asyncio.timeout(DEADLINE_SECONDS):
        assert call.is_right(await calling)
