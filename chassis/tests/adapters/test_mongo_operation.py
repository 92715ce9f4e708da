"""Deadlines of operations on MongoDB, and what their errors say."""

import asyncio

import pytest
from motor.frameworks.asyncio import max_workers
from pymongo.errors import OperationFailure, PyMongoError, ServerSelectionTimeoutError

from chassis.adapters.mongo.database import mongo_database
from chassis.adapters.mongo.document_store import MongoDocumentStore
from chassis.adapters.mongo.operation import mongo_operation
from chassis.adapters.mongo.rate_limits import MongoWindowStorage
from chassis.ports.document_store import Collection
from chassis.ports.event_store import StoreRefused, StoreUnavailable
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
    ("problem", "reason"),
    [
        (OperationFailure("a document", 13), r"it lacks a right"),
        (OperationFailure("a document", 18), r"refused the user or the password"),
        (ServerSelectionTimeoutError("h:1: [SSL: CERTIFICATE_VERIFY_FAILED] …"), r"authority in tlsCAFile\?"),
    ],
)
async def test_a_refusal_names_the_setting_and_what_to_correct(problem: PyMongoError, reason: str) -> None:
    with pytest.raises(StoreRefused, match=rf"^CALIFORNIA_GOLD_MONGODB_URI: .*{reason}"):
        async with mongo_operation():
            raise problem


@pytest.mark.parametrize("code", [85, 86])
async def test_an_index_with_another_declaration_is_reported_with_what_to_do(code: int) -> None:
    with pytest.raises(StoreUnavailable, match=f"OperationFailure {code}: .* drop it, it is built again"):
        async with mongo_operation():
            raise OperationFailure("a document", code)


async def test_an_error_does_not_quote_the_text_of_the_server() -> None:
    with pytest.raises(StoreUnavailable) as unavailable:
        async with mongo_operation():
            raise OperationFailure("dup key: {name: 'Ada'}", 8000)
    assert str(unavailable.value) == "MongoDB: OperationFailure 8000"
