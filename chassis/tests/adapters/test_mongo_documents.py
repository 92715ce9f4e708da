"""What is MongoDB's own about documents: indexes made late, how much is asked, what does not fit."""

import asyncio
from collections.abc import AsyncGenerator, Generator

import pytest
import pytest_asyncio

from chassis.adapters.mongo.database import MongoDatabase, mongo_database
from chassis.adapters.mongo.document_store import MongoDocumentStore
from chassis.adapters.mongo.records import MAX_BODY_BYTES
from chassis.ports.document_store import Collection, Document
from testkit.conformance.samples import DEADLINE_SECONDS, unique
from testkit.eventually import eventually
from tests.servers.mongodb_commands import Commands, commands_of_new_clients

THINGS = Collection("things", ("owner", "number"), (("owner", "number"),))
BARE = Collection("things", ("owner", "number"))


@pytest.fixture
def commands() -> Generator[Commands]:
    with commands_of_new_clients() as commands:
        yield commands


@pytest_asyncio.fixture
async def heard(mongodb_uri: str, commands: Commands) -> AsyncGenerator[MongoDocumentStore]:
    """A store whose commands are heard."""
    async with mongo_database(mongodb_uri, unique("tests-")) as database:
        yield MongoDocumentStore(database)


def things(count: int) -> list[Document]:
    return [Document(f"{number}", 0, b"%d" % number, {"owner": "x", "number": number}) for number in range(count)]


async def test_a_collection_in_use_gets_a_new_index(mongo: MongoDatabase) -> None:
    await MongoDocumentStore(mongo).put_newer(BARE, things(50))
    found = await MongoDocumentStore(mongo).find(THINGS, {"owner": "x"}, order="-number", limit=2)
    assert [document.id for document in found] == ["49", "48"]


async def test_processes_that_start_at_once_make_an_index_together(mongo: MongoDatabase) -> None:
    stores = [MongoDocumentStore(mongo) for _ in range(8)]
    async with asyncio.timeout(DEADLINE_SECONDS):
        await asyncio.gather(*(store.put_newer(THINGS, things(5)) for store in stores))
        found = await asyncio.gather(*(store.find(THINGS, {"owner": "x"}, order="number") for store in stores))
    assert {len(documents) for documents in found} == {5}
    assert len(await mongo["things"].list_indexes().to_list(None)) == 2


async def test_what_no_declared_index_serves_is_refused(mongo: MongoDatabase) -> None:
    with pytest.raises(ValueError, match="things declares no index by"):
        await MongoDocumentStore(mongo).find(BARE, {"owner": "x"}, order="number")


async def test_a_batch_is_one_write_and_is_read_at_once(heard: MongoDocumentStore, commands: Commands) -> None:
    await heard.put_newer(BARE, things(300))
    assert commands.names.count("insert") == 1
    assert len(await heard.get_many(BARE, [f"{number}" for number in range(300)])) == 300
    assert "getMore" not in commands.names


@pytest.mark.parametrize("as_json", [False, True])
async def test_a_page_is_one_question(heard: MongoDocumentStore, commands: Commands, as_json: bool) -> None:
    await heard.put_newer(THINGS, things(250))
    find = heard.find_as_json if as_json else heard.find
    await find(THINGS, {"owner": "x"}, order="number", limit=200)
    assert commands.names.count("find") == 1
    assert "getMore" not in commands.names


async def test_a_body_that_is_too_long_is_refused_before_it_is_sent(
    heard: MongoDocumentStore, commands: Commands
) -> None:
    await heard.put_newer(BARE, [Document("fits", 0, b" " * MAX_BODY_BYTES)])
    with pytest.raises(ValueError, match="a document of things has 16711681 bytes, more than 16711680"):
        await heard.put_newer(BARE, [Document("too-long", 0, b" " * (MAX_BODY_BYTES + 1))])
    assert commands.names.count("insert") == 1


async def test_while_nobody_waits_nothing_is_asked(heard: MongoDocumentStore, commands: Commands) -> None:
    assert not await heard.wait_for(BARE, "a", 1, timeout=0.1)
    commands.sent.clear()
    await heard.put_newer(BARE, things(1))
    assert commands.names == ["create", "insert"]


async def test_one_question_asks_for_all_who_wait(heard: MongoDocumentStore, commands: Commands) -> None:
    waiting = asyncio.gather(*(heard.wait_for(BARE, f"{n}", 1, timeout=DEADLINE_SECONDS) for n in range(30)))

    async def asked_for_all() -> bool:
        asked = [command["filter"]["_id"]["$in"] for command in commands.sent if "find" in command]
        return any(len(ids) == 30 for ids in asked)

    await eventually(asked_for_all)
    await heard.put_newer(BARE, [Document(f"{n}", 1, b"") for n in range(30)])
    assert await waiting == [True] * 30


async def test_who_gives_up_waiting_leaves_nothing(heard: MongoDocumentStore) -> None:
    waiting = [asyncio.ensure_future(heard.wait_for(BARE, "a", 1, timeout=DEADLINE_SECONDS)) for _ in range(3)]
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)

    async def nobody_asks() -> bool:
        return not [task for task in asyncio.all_tasks() if task.get_name() == "revision-poller"]

    await eventually(nobody_asks)


async def test_those_who_ask_for_documents_at_the_same_moment_ask_together(
    heard: MongoDocumentStore, commands: Commands
) -> None:
    await heard.put_newer(BARE, things(20))
    commands.sent.clear()
    found = await asyncio.gather(*(heard.get(BARE, f"{number}") for number in (*range(20), 99)))
    assert [document and document.body for document in found] == [*(b"%d" % number for number in range(20)), None]
    assert commands.names == ["find"]


async def test_who_gives_up_asking_takes_nothing_from_the_others(heard: MongoDocumentStore) -> None:
    await heard.put_newer(BARE, things(2))
    asking = [asyncio.ensure_future(heard.get(BARE, f"{number}")) for number in range(2)]
    await asyncio.sleep(0)
    asking[0].cancel()
    found = await asyncio.gather(*asking, return_exceptions=True)
    assert isinstance(found[0], asyncio.CancelledError)
    assert isinstance(found[1], Document)


async def test_first_revisions_are_inserted_where_none_is_and_later_ones_written_over_older(
    heard: MongoDocumentStore, commands: Commands
) -> None:
    await heard.put_newer(BARE, [Document("old", 3, b"3"), Document("new", 4, b"4")])
    commands.sent.clear()
    await heard.put_newer(
        BARE, [Document("a", 0, b"a"), Document("new", 0, b"0"), Document("b", 0, b"b"), Document("old", 4, b"4")]
    )
    found = await heard.get_many(BARE, ["a", "b", "new", "old"])
    assert {name: document.body for name, document in found.items()} == {"a": b"a", "b": b"b", "new": b"4", "old": b"4"}
    assert commands.names == ["insert", "update", "find"]
