"""Conformance suite of the port `EventStore`: reading and subscribing to the log of all streams."""

import asyncio
from collections.abc import Sequence

import pytest

from chassis.ports.event_store import NO_STREAM, EventStore, PositionNotInLog, StoredEvent
from testkit.conformance.samples import everything, first, new_events, next_page, unique


async def write_one_by_one(store: EventStore, stream: str, count: int) -> None:
    """Append events, one per call."""
    for revision, event in enumerate(new_events(count)):
        await store.append(stream, [event], revision - 1)


def assert_in_order(events: Sequence[StoredEvent]) -> None:
    """Assert that positions increase and that the revisions of each stream increase by one."""
    positions = [event.position for event in events]
    assert positions == sorted(set(positions))
    revisions: dict[str, int] = {}
    for event in events:
        assert event.revision == revisions.get(event.stream, NO_STREAM) + 1
        revisions[event.stream] = event.revision


class EventLogConformance:
    """Requires the fixture `event_store`."""

    async def test_the_log_has_every_stream_of_a_category_in_order(self, event_store: EventStore) -> None:
        category = unique("job")
        await asyncio.gather(*(write_one_by_one(event_store, f"{category}-{number}", 20) for number in range(5)))
        events = await everything(event_store.read_all(categories=[category]))
        assert len(events) == 100
        assert_in_order(events)

    async def test_the_log_and_the_stream_return_equal_events(self, event_store: EventStore) -> None:
        category = unique("job")
        await event_store.append(f"{category}-1", new_events(3), NO_STREAM)
        log = await everything(event_store.read_all(categories=[category]))
        assert len(log) == 3
        assert log == list(await event_store.read(f"{category}-1"))

    async def test_without_categories_the_log_has_every_stream(self, event_store: EventStore) -> None:
        streams = [unique("job") + "-1", unique("user") + "-1"]
        for stream in streams:
            await event_store.append(stream, new_events(2), NO_STREAM)
        events = await everything(event_store.read_all())
        assert [event.stream for event in events if event.stream in streams] == [streams[0]] * 2 + [streams[1]] * 2

    async def test_several_categories_are_merged_in_order(self, event_store: EventStore) -> None:
        categories = [unique("job"), unique("user"), unique("file")]
        await asyncio.gather(*(write_one_by_one(event_store, f"{category}-1", 10) for category in categories))
        events = await everything(event_store.read_all(categories=[categories[0], categories[2], categories[0]]))
        assert {event.stream for event in events} == {f"{categories[0]}-1", f"{categories[2]}-1"}
        assert len(events) == 20
        assert_in_order(events)

    async def test_a_category_is_the_whole_word_before_the_first_hyphen(self, event_store: EventStore) -> None:
        category = unique("job")
        for stream in (
            f"{category}-a-b",
            category,
            f"{category}s-1",
            f"x{category}-1",
            f"x-{category}-1",
            f"{category[:-1]}-1",
            f"{category}.-1",
        ):
            await event_store.append(stream, new_events(1), NO_STREAM)
        events = await everything(event_store.read_all(categories=[category]))
        assert [event.stream for event in events] == [f"{category}-a-b", category]

    async def test_a_category_without_events_is_empty(self, event_store: EventStore) -> None:
        assert await everything(event_store.read_all(categories=[unique("job")])) == []

    async def test_the_log_can_be_read_after_a_position(self, event_store: EventStore) -> None:
        category = unique("job")
        await event_store.append(f"{category}-1", new_events(5), NO_STREAM)
        events = await everything(event_store.read_all(categories=[category]))
        assert await everything(event_store.read_all(events[1].position, [category])) == events[2:]
        assert await everything(event_store.read_all(events[4].position, [category])) == []
        later = await everything(event_store.read_all(events[1].position))
        assert [event for event in later if event.stream == f"{category}-1"] == events[2:]

    async def test_a_log_of_several_pages_is_read_completely(self, event_store: EventStore) -> None:
        category = unique("job")
        for number in range(5):
            await event_store.append(f"{category}-{number}", new_events(500), NO_STREAM)
        events = await everything(event_store.read_all(categories=[category]))
        assert len(events) == 2500
        assert_in_order(events)

    async def test_a_subscription_yields_stored_events_and_then_new_ones(self, event_store: EventStore) -> None:
        category = unique("job")
        await event_store.append(f"{category}-1", new_events(2), NO_STREAM)
        subscription = event_store.subscribe_all(categories=[category])
        stored = await next_page(subscription)
        received = asyncio.ensure_future(first(subscription, 3 + 2 - len(stored)))
        await event_store.append(f"{category}-2", new_events(3), NO_STREAM)
        events = stored + await received
        assert [event.stream for event in events] == [f"{category}-1"] * 2 + [f"{category}-2"] * 3
        assert_in_order(events)

    async def test_a_subscription_starts_after_a_position(self, event_store: EventStore) -> None:
        category = unique("job")
        await event_store.append(f"{category}-1", new_events(4), NO_STREAM)
        events = await event_store.read(f"{category}-1")
        assert await first(event_store.subscribe_all(events[1].position, [category]), 2) == list(events[2:])

    async def test_a_subscription_at_the_end_yields_only_new_events(self, event_store: EventStore) -> None:
        category = unique("job")
        await event_store.append(f"{category}-1", new_events(2), NO_STREAM)
        end = (await event_store.read(f"{category}-1"))[-1].position
        received = asyncio.ensure_future(first(event_store.subscribe_all(end, [category]), 1))
        await event_store.append(f"{category}-1", new_events(1), 1)
        assert [event.revision for event in await received] == [2]

    async def test_a_subscription_yields_only_its_categories(self, event_store: EventStore) -> None:
        category, other = unique("job"), unique("job")
        received = asyncio.ensure_future(first(event_store.subscribe_all(categories=[category]), 2))
        for stream in (f"{other}-1", f"{category}-1", f"{other}-2", f"{category}-2"):
            await event_store.append(stream, new_events(1), NO_STREAM)
        assert [event.stream for event in await received] == [f"{category}-1", f"{category}-2"]

    async def test_a_subscription_without_categories_yields_every_stream(self, event_store: EventStore) -> None:
        marker = unique("job") + "-1"
        await event_store.append(marker, new_events(1), NO_STREAM)
        start = (await event_store.read(marker))[0].position
        streams = [unique("job") + "-1", unique("user") + "-1"]
        received = asyncio.ensure_future(first(event_store.subscribe_all(start), 2))
        for stream in streams:
            await event_store.append(stream, new_events(1), NO_STREAM)
        assert [event.stream for event in await received if event.stream in streams] == streams

    async def test_a_subscription_has_no_gaps_and_no_duplicates_under_concurrent_writes(
        self, event_store: EventStore
    ) -> None:
        category = unique("job")
        subscriptions = [event_store.subscribe_all(categories=[category]) for _ in range(2)]
        received = [asyncio.ensure_future(first(subscription, 250)) for subscription in subscriptions]
        await asyncio.gather(*(write_one_by_one(event_store, f"{category}-{number}", 50) for number in range(5)))
        log = await everything(event_store.read_all(categories=[category]))
        assert len(log) == 250
        assert [await events for events in received] == [log, log]
        assert_in_order(log)

    async def test_a_subscription_after_a_position_that_the_log_does_not_reach_is_refused(
        self, event_store: EventStore
    ) -> None:
        stream = unique("job-")
        await event_store.append(stream, new_events(1), NO_STREAM)
        [event] = await event_store.read(stream)
        with pytest.raises(PositionNotInLog, match="the log ends at"):
            await next_page(event_store.subscribe_all(event.position + 10**9))
