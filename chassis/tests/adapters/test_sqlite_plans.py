"""Every query uses an index: none scans a table, none sorts."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from chassis.adapters.sqlite import database
from chassis.adapters.sqlite.connection import connect
from chassis.composition.embedded import embedded
from chassis.ports.document_store import Collection, Document
from chassis.ports.event_store import NO_STREAM, NewEvent
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import Message
from testkit.conformance.object_store import chunks, listed, read
from testkit.conformance.samples import everything, first

Statements = list[tuple[Path, str]]
THINGS = Collection(
    "things", ("owner", "state", "number"), (("owner", "number"), ("owner", "state", "number"), ("number",))
)
"""Collections declare indexes with one, two and no selecting keys."""


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Statements:
    seen: Statements = []

    def traced(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        connection.set_trace_callback(lambda statement: seen.append((path, statement)))
        return connection

    monkeypatch.setattr(database, "connect", traced)
    return seen


@pytest.fixture
async def infrastructure(statements: Statements, tmp_path: Path) -> AsyncGenerator[Infrastructure]:
    async with embedded(tmp_path / "data") as opened:
        statements.clear()
        yield opened


def assert_every_statement_uses_an_index(statements: Statements) -> None:
    executed = {(path, text) for path, text in statements if text.startswith(("SELECT", "UPDATE", "DELETE"))}
    assert executed
    for path, statement in executed:
        with closing(sqlite3.connect(path)) as connection:
            plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
        # Lists scan an index in its order up to the limit.
        scans = [step for step in plan if step.startswith("SCAN") and step != "SCAN CONSTANT ROW"]
        assert not [step for step in scans if "USING INDEX" not in step or "LIMIT" not in statement], (statement, plan)
        assert not [step for step in plan if "TEMP B-TREE" in step], (statement, plan)


async def test_queries_of_the_event_store_use_an_index(infrastructure: Infrastructure, statements: Statements) -> None:
    store, events = infrastructure.events, [NewEvent(uuid4(), "t", b"{}") for _ in range(3)]
    for _ in range(2):
        await store.append("job-1", events, NO_STREAM)
    await store.read("job-1", after=1, limit=5)
    await store.last("job-1")
    for categories in ([], ["job"], ["job", "user", "file"]):
        await everything(store.read_all(0, categories))
    assert_every_statement_uses_an_index(statements)


async def test_queries_of_the_message_bus_use_an_index(infrastructure: Infrastructure, statements: Statements) -> None:
    bus = infrastructure.bus
    await bus.publish([Message("a", "k", b""), Message("b", "k", b"")])
    async with bus.subscribe(["a", "b"], "group") as member:
        await member.acknowledge(await first(member.batches(), 2))
    await first(bus.follow(["a"], from_start=True), 1)
    await bus.lag(["a", "b"], "group")
    assert_every_statement_uses_an_index(statements)


async def test_queries_of_the_document_store_use_an_index(
    infrastructure: Infrastructure, statements: Statements
) -> None:
    store = infrastructure.documents
    await store.put_newer(THINGS, [Document(f"{number}", 0, b"", {"number": number}) for number in range(20)])
    await store.get_many(THINGS, ["a", "b"])
    await store.wait_for(THINGS, "1", 0, 0)
    for order in ("number", "-number"):
        for equal in ({}, {"owner": "a"}, {"owner": None}, {"state": "x", "owner": 1}):
            await store.find(THINGS, equal, order=order, skip=3, limit=5)
    await store.compare_and_set(THINGS, Document("a", 1, b""), None)
    await store.compare_and_set(THINGS, Document("a", 1, b""), 1)
    await store.delete(THINGS, ["a"])
    assert_every_statement_uses_an_index(statements)


async def test_queries_of_the_object_and_key_store_use_an_index(
    infrastructure: Infrastructure, statements: Statements
) -> None:
    objects = infrastructure.objects
    for _ in range(2):
        await objects.put("files/a", chunks(b"a"), "text/plain")
    assert await read(objects, "files/a") == b"a"
    assert await listed(objects, "files/") == ["files/a"]
    await objects.presign("files/a", timedelta(hours=1), "a")
    await objects.delete("files/a")
    await infrastructure.keys.shred("user-1")
    assert_every_statement_uses_an_index(statements)


@pytest.mark.parametrize(("equal", "order"), [({"state": "x"}, "number"), ({}, "state"), ({"owner": 1}, "state")])
async def test_a_query_without_a_declared_index_is_refused(
    infrastructure: Infrastructure, equal: dict[str, str], order: str
) -> None:
    with pytest.raises(ValueError, match="things declares no index by"):
        await infrastructure.documents.find(THINGS, equal, order=order)


async def test_a_collection_stored_with_other_keys_is_refused(infrastructure: Infrastructure) -> None:
    await infrastructure.documents.put_newer(THINGS, [])
    with pytest.raises(ValueError, match="stored with other keys"):
        await infrastructure.documents.get(Collection("things", ("owner",)), "a")


async def test_a_subscription_to_a_category_sends_no_queries_for_others(
    infrastructure: Infrastructure, statements: Statements
) -> None:
    store = infrastructure.events
    waiting = asyncio.ensure_future(first(store.subscribe_all(categories=["job"]), 2))
    await store.append("job-1", [NewEvent(uuid4(), "t", b"{}")], NO_STREAM)
    for number in range(50):
        await store.append(f"user-{number}", [NewEvent(uuid4(), "t", b"{}")], NO_STREAM)
    queries = [text for _, text in statements if "category = 'job'" in text]
    assert len(queries) < 5
    await store.append("job-1", [NewEvent(uuid4(), "t", b"{}")], 0)
    assert len(await waiting) == 2
