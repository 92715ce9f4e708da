"""Deadlines of operations on MongoDB, and what their errors say."""

import asyncio

import pytest
from motor.frameworks.asyncio import max_workers
from pymongo.errors import OperationFailure, ServerSelectionTimeoutError

from chassis.adapters.mongo.database import mongo_database
from chassis.adapters.mongo.document_store import MongoDocumentStore
from chassis.adapters.mongo.operation import mongo_operation
from chassis.adapters.mongo.rate_limits import MongoWindowStorage
from chassis.ports.document_store import Collection
from chassis.ports.event_store import StoreUnavailable
from testkit.conformance.samples import unique
from testkit.eventually import eventually
from tests.servers.replica_set_proxy import ReplicaSetProxy

THINGS = Collection("things")


async def test_a_call_that_waits_for_a_thread_ends_at_its_deadline(replica_set: ReplicaSetProxy) -> None:
    released = replica_set.held["find things"] = asyncio.Event()
    async with mongo_database(replica_set.uri, unique("tests-")) as database:
        documents, windows = MongoDocumentStore(database), MongoWindowStorage(database)
        reads = [asyncio.ensure_future(documents.get_many(THINGS, [f"{each}"])) for each in range(2 * max_workers)]

        async def all_threads_are_taken() -> bool:
            return replica_set.received.count("find") == max_workers

        try:
            await eventually(all_threads_are_taken)
            async with asyncio.timeout(4):
                with pytest.raises(StoreUnavailable, match="no answer within 2"):
                    await windows.get("user:1")
        finally:
            released.set()
            await asyncio.gather(*reads, return_exceptions=True)


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (13, "the user needs the role readWrite on the database and on <database>_keys"),
        (18, "the user or the password in MONGODB_URI is wrong"),
        (85, "drop it in the database"),
        (86, "drop it in the database"),
    ],
)
async def test_an_error_that_does_not_end_by_itself_says_what_to_do(code: int, remedy: str) -> None:
    with pytest.raises(StoreUnavailable, match=rf"MongoDB: OperationFailure {code}: .*{remedy}"):
        async with mongo_operation():
            raise OperationFailure("a document", code)


async def test_a_certificate_that_is_not_trusted_is_named() -> None:
    with pytest.raises(StoreUnavailable, match="certificate is not trusted; see tlsCAFile in MONGODB_URI"):
        async with mongo_operation():
            raise ServerSelectionTimeoutError("SSL handshake failed: h:1: [SSL: CERTIFICATE_VERIFY_FAILED] …")


async def test_an_error_does_not_quote_the_text_of_the_server() -> None:
    with pytest.raises(StoreUnavailable) as unavailable:
        async with mongo_operation():
            raise OperationFailure("dup key: {name: 'Ada'}", 8000)
    assert str(unavailable.value) == "MongoDB: OperationFailure 8000"
