"""What a process has written itself reaches its readers as objects; what others write, from the file."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from uuid import uuid4

import pytest

from chassis.adapters.sqlite.event_store import SqliteEventStore, sqlite_event_store
from chassis.adapters.sqlite.message_bus import SqliteMessageBus, sqlite_message_bus
from chassis.adapters.sqlite.recent import Recent
from chassis.ports.event_store import NO_STREAM, START, NewEvent, StoredEvent
from chassis.ports.message_bus import Message, ReceivedMessage
from testkit.conformance.samples import first, next_page
from testkit.eventually import eventually


def numbered(*numbers: int) -> list[Message]:
    return [Message("things", "k", b"%d" % number) for number in numbers]


def values(messages: list[ReceivedMessage]) -> list[int]:
    return [int(message.value) for message in messages]


@pytest.fixture
async def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[SqliteMessageBus]:
    monkeypatch.setattr("chassis.adapters.sqlite.writer._POLL_SECONDS", 0.05)
    async with sqlite_message_bus(tmp_path / "messages.db") as opened:
        yield opened


@pytest.fixture
async def events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[SqliteEventStore]:
    monkeypatch.setattr("chassis.adapters.sqlite.writer._POLL_SECONDS", 0.05)
    async with sqlite_event_store(tmp_path / "events.db") as opened:
        yield opened


def test_entries_after_a_number_are_returned_in_order():
    recent = Recent[str]()
    for number in (3, 4, 5):
        recent.add(number, f"entry {number}", 1)
    assert recent.after(3) == ["entry 4", "entry 5"]
    assert recent.after(2) == ["entry 3", "entry 4", "entry 5"]
    assert recent.after(5) == []
    assert recent.after(9) == []


def test_entries_that_are_not_all_there_are_not_returned():
    recent = Recent[int]()
    recent.add(3, 3, 1)
    assert recent.after(1) is None
    recent.add(6, 6, 1)
    assert recent.after(3) is None
    assert recent.after(5) == [6]


def test_neither_many_nor_large_entries_are_kept():
    recent = Recent[int]()
    for number in range(2000):
        recent.add(number, number, 1)
    assert recent.after(998) is None
    assert recent.after(999) == list(range(1000, 2000))
    recent.add(2000, 2000, 5 * 1024**2)
    assert recent.after(1999) is None


async def test_readers_of_one_process_receive_one_object(bus: SqliteMessageBus):
    async with bus.subscribe(["things"], "one") as one, bus.subscribe(["things"], "other") as other:
        readers = [one.batches(), other.batches()]

        async def received_as_one_object() -> bool:
            await bus.publish(numbered(0))
            [first_message], [same_message] = [await next_page(reader) for reader in readers]
            assert first_message == same_message
            return first_message is same_message

        # A reader that has not come to the end yet, or when the file may have changed, reads the file.
        await eventually(received_as_one_object, within=30)


async def test_messages_of_another_process_are_received_in_between(bus: SqliteMessageBus, tmp_path: Path):
    async with sqlite_message_bus(tmp_path / "messages.db") as another, bus.subscribe(["things"], "one") as member:
        received = asyncio.ensure_future(first(member.batches(), 6))
        for start in (0, 2, 4):
            await bus.publish(numbered(start))
            await another.publish(numbered(start + 1))
        assert values(await received) == list(range(6))


async def test_the_last_message_of_another_process_is_received_without_a_later_one(
    bus: SqliteMessageBus, tmp_path: Path
):
    topics = ["things", "others"]
    async with sqlite_message_bus(tmp_path / "messages.db") as another, bus.subscribe(topics, "one") as member:
        batches = member.batches()
        await bus.publish(numbered(0))
        assert values(await next_page(batches)) == [0]
        await another.publish([Message("others", "k", b"1")])
        assert values(await next_page(batches)) == [1]


async def test_the_backlog_of_an_earlier_process_is_read_although_there_is_news(tmp_path: Path):
    async with sqlite_message_bus(tmp_path / "messages.db") as earlier:
        await earlier.publish([Message("others", "k", b"%d" % number) for number in range(1200)])
    async with (
        sqlite_message_bus(tmp_path / "messages.db") as bus,
        bus.subscribe(["things", "others"], "one") as member,
    ):
        batches = member.batches()
        received = await next_page(batches)
        await bus.publish(numbered(0))
        while len(received) < 1201:
            received += await next_page(batches)
    assert len({(message.topic, message.offset) for message in received}) == 1201


async def test_events_of_another_process_are_received_in_between(events: SqliteEventStore, tmp_path: Path):
    async with sqlite_event_store(tmp_path / "events.db") as another:
        received = asyncio.ensure_future(first(events.subscribe_all(START, ["job"]), 6))
        for start in (0, 2, 4):
            await _append(events, start)
            await _append(another, start + 1)
        found = await received
    assert [int(event.data) for event in found] == list(range(6))
    assert [event.position for event in found] == sorted(event.position for event in found)


async def test_an_event_is_received_as_it_is_read(events: SqliteEventStore):
    subscription, received = events.subscribe_all(START, ["job"]), list[StoredEvent]()
    for number in range(3):
        await events.append(f"user-{number}", [_event(number)], NO_STREAM)
        await _append(events, number)
        received += await next_page(subscription)
    assert received == [event async for page in events.read_all(START, ["job"]) for event in page]


async def _append(events: SqliteEventStore, number: int) -> None:
    await events.append(f"job-{number}", [_event(number)], NO_STREAM)


def _event(number: int) -> NewEvent:
    return NewEvent(uuid4(), "tests.thing.v1", b"%d" % number, b"{}")
