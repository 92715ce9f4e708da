"""Rules of the MongoDB document store beyond the conformance suite: indexes, number of queries, size limits."""

import asyncio
from collections.abc import AsyncGenerator, Generator

import pytest
import pytest_asyncio
from pymongo import IndexModel

from chassis.adapters.mongo.database import MongoDatabase, mongo_database
from chassis.adapters.mongo.document_store import MongoDocumentStore
from chassis.adapters.mongo.records import MAX_BODY_BYTES, index_models
from chassis.ports.document_store import Collection, Document
from chassis.ports.event_store import StoreUnavailable
from testkit.conformance.samples import DEADLINE_SECONDS, unique
from testkit.eventually import eventually
from tests.servers.mongodb_commands import Commands, commands_of_new_clients

INDEXED = Collection("things", ("owner", "number"), (("owner", "number"),))
UNINDEXED = Collection("things", ("owner", "number"))


@pytest.fixture
def commands() -> Generator[Commands]:
    with commands_of_new_clients() as commands:
        yield commands


@pytest_asyncio.fixture
async def traced(mongodb_uri: str, commands: Commands) -> AsyncGenerator[MongoDocumentStore]:
    """A store whose commands to the server are recorded in `commands`."""
    async with mongo_database(mongodb_uri, unique("tests-")) as database:
        yield MongoDocumentStore(database)


def things(count: int) -> list[Document]:
    return [Document(f"{number}", 0, b"%d" % number, {"owner": "x", "number": number}) for number in range(count)]


async def test_a_new_index_is_built_on_a_collection_in_use(mongo: MongoDatabase) -> None:
    await MongoDocumentStore(mongo).put_newer(UNINDEXED, things(50))
    found = await MongoDocumentStore(mongo).find(INDEXED, {"owner": "x"}, order="-number", limit=2)
    assert [document.id for document in found] == ["49", "48"]


async def test_concurrent_first_uses_create_an_index_once(mongo: MongoDatabase) -> None:
    stores = [MongoDocumentStore(mongo) for _ in range(8)]
    async with asyncio.timeout(DEADLINE_SECONDS):
        await asyncio.gather(*(store.put_newer(INDEXED, things(5)) for store in stores))
        found = await asyncio.gather(*(store.find(INDEXED, {"owner": "x"}, order="number") for store in stores))
    assert {len(documents) for documents in found} == {5}
    assert len(await mongo["things"].index_information()) == 2


async def test_an_index_with_another_declaration_is_reported_with_what_to_do(mongo: MongoDatabase) -> None:
    (declared,) = index_models(INDEXED)
    await mongo["things"].create_indexes([IndexModel([("other", 1)], name=declared.document["name"])])
    store = MongoDocumentStore(mongo)
    with pytest.raises(StoreUnavailable, match="another declaration; drop it"):
        await store.find(INDEXED, {"owner": "x"}, order="number")
    await mongo["things"].drop_index(declared.document["name"])
    assert await store.find(INDEXED, {"owner": "x"}, order="number") == []


async def test_a_query_without_a_declared_index_is_refused(mongo: MongoDatabase) -> None:
    with pytest.raises(ValueError, match="things declares no index by"):
        await MongoDocumentStore(mongo).find(UNINDEXED, {"owner": "x"}, order="number")


async def test_a_batch_is_written_with_one_command_and_read_without_cursors(
    traced: MongoDocumentStore, commands: Commands
) -> None:
    await traced.put_newer(UNINDEXED, things(300))
    assert commands.names.count("insert") == 1
    assert len(await traced.get_many(UNINDEXED, [f"{number}" for number in range(300)])) == 300
    assert "getMore" not in commands.names


@pytest.mark.parametrize("as_json", [False, True])
async def test_a_page_is_read_with_one_query(traced: MongoDocumentStore, commands: Commands, as_json: bool) -> None:
    await traced.put_newer(INDEXED, things(250))
    find = traced.find_as_json if as_json else traced.find
    await find(INDEXED, {"owner": "x"}, order="number", limit=200)
    assert commands.names.count("find") == 1
    assert "getMore" not in commands.names


async def test_a_body_that_is_too_long_is_refused_without_a_request(
    traced: MongoDocumentStore, commands: Commands
) -> None:
    await traced.put_newer(UNINDEXED, [Document("fits", 0, b" " * MAX_BODY_BYTES)])
    with pytest.raises(ValueError, match="a document of things has 16711681 bytes, more than 16711680"):
        await traced.put_newer(UNINDEXED, [Document("too-long", 0, b" " * (MAX_BODY_BYTES + 1))])
    assert commands.names.count("insert") == 1


async def test_the_longest_body_replaces_an_older_one(mongo: MongoDatabase) -> None:
    store = MongoDocumentStore(mongo)
    for revision in (1, 2):
        await store.put_newer(UNINDEXED, [Document("a", revision, b"%d" % revision * MAX_BODY_BYTES)])
    assert await store.get(UNINDEXED, "a") == Document("a", 2, b"2" * MAX_BODY_BYTES)


async def test_documents_are_deleted_with_one_command_that_may_be_retried(
    traced: MongoDocumentStore, commands: Commands
) -> None:
    await traced.put_newer(UNINDEXED, things(3))
    commands.sent.clear()
    await traced.delete(UNINDEXED, ["0", "1", "99"])
    await traced.delete(UNINDEXED, [])
    assert [each["limit"] for command in commands.sent for each in command["deletes"]] == [1, 1, 1]
    assert list(await traced.get_many(UNINDEXED, ["0", "1", "2"])) == ["2"]


async def test_without_waiting_callers_there_is_no_polling(traced: MongoDocumentStore, commands: Commands) -> None:
    assert not await traced.wait_for(UNINDEXED, "a", 1, timeout=0.1)
    commands.sent.clear()
    await traced.put_newer(UNINDEXED, things(1))
    assert commands.names == ["create", "insert"]


async def test_one_query_polls_for_all_waiting_callers(traced: MongoDocumentStore, commands: Commands) -> None:
    waiting = asyncio.gather(*(traced.wait_for(UNINDEXED, f"{n}", 1, timeout=DEADLINE_SECONDS) for n in range(30)))

    async def polled_for_all() -> bool:
        polled = [command["filter"]["_id"]["$in"] for command in commands.sent if "find" in command]
        return any(len(ids) == 30 for ids in polled)

    await eventually(polled_for_all)
    await traced.put_newer(UNINDEXED, [Document(f"{n}", 1, b"") for n in range(30)])
    assert await waiting == [True] * 30


async def test_cancelling_all_waiting_callers_ends_polling(traced: MongoDocumentStore) -> None:
    waiting = [asyncio.ensure_future(traced.wait_for(UNINDEXED, "a", 1, timeout=DEADLINE_SECONDS)) for _ in range(3)]
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)

    async def polling_ended() -> bool:
        return not [task for task in asyncio.all_tasks() if task.get_name() == "revision-poller"]

    await eventually(polling_ended)


async def test_concurrent_gets_are_batched_into_one_query(traced: MongoDocumentStore, commands: Commands) -> None:
    await traced.put_newer(UNINDEXED, things(20))
    commands.sent.clear()
    found = await asyncio.gather(*(traced.get(UNINDEXED, f"{number}") for number in (*range(20), 99)))
    assert [document and document.body for document in found] == [*(b"%d" % number for number in range(20)), None]
    assert commands.names == ["find"]


async def test_cancelling_one_get_does_not_cancel_its_batch(traced: MongoDocumentStore) -> None:
    await traced.put_newer(UNINDEXED, things(2))
    reads = [asyncio.ensure_future(traced.get(UNINDEXED, f"{number}")) for number in range(2)]
    await asyncio.sleep(0)
    reads[0].cancel()
    found = await asyncio.gather(*reads, return_exceptions=True)
    assert isinstance(found[0], asyncio.CancelledError)
    assert isinstance(found[1], Document)


async def test_first_revisions_are_inserted_and_later_ones_upserted(
    traced: MongoDocumentStore, commands: Commands
) -> None:
    await traced.put_newer(UNINDEXED, [Document("old", 3, b"3"), Document("new", 4, b"4")])
    commands.sent.clear()
    await traced.put_newer(
        UNINDEXED, [Document("a", 0, b"a"), Document("new", 0, b"0"), Document("b", 0, b"b"), Document("old", 4, b"4")]
    )
    found = await traced.get_many(UNINDEXED, ["a", "b", "new", "old"])
    assert {name: document.body for name, document in found.items()} == {"a": b"a", "b": b"b", "new": b"4", "old": b"4"}
    assert commands.names == ["insert", "update", "find"]
