"""What every event store does: reading and following the log of all streams."""

import asyncio
from collections.abc import Sequence

from chassis.ports.event_store import NO_STREAM, EventStore, StoredEvent
from testkit.conformance.samples import everything, first, new_events, one, unique


async def write_one_by_one(store: EventStore, stream: str, count: int) -> None:
    """Append events each on its own."""
    for revision, event in enumerate(new_events(count)):
        await store.append(stream, [event], revision - 1)


def assert_in_order(events: Sequence[StoredEvent]) -> None:
    """Positions grow, and so do the revisions of each stream, by one."""
    positions = [event.position for event in events]
    assert positions == sorted(set(positions))
    revisions: dict[str, int] = {}
    for event in events:
        assert event.revision == revisions.get(event.stream, NO_STREAM) + 1
        revisions[event.stream] = event.revision


class EventLogConformance:
    """Needs the fixture `event_store`."""

    async def test_the_log_holds_every_stream_of_a_category_in_order(self, event_store: EventStore) -> None:
        kind = unique("job")
        await asyncio.gather(*(write_one_by_one(event_store, f"{kind}-{number}", 20) for number in range(5)))
        events = await everything(event_store.read_all(categories=[kind]))
        assert len(events) == 100
        assert_in_order(events)

    async def test_the_log_and_the_stream_say_the_same_of_an_event(self, event_store: EventStore) -> None:
        kind = unique("job")
        await event_store.append(f"{kind}-1", new_events(3), NO_STREAM)
        log = await everything(event_store.read_all(categories=[kind]))
        assert len(log) == 3
        assert log == list(await event_store.read(f"{kind}-1"))

    async def test_without_categories_the_log_holds_everything(self, event_store: EventStore) -> None:
        streams = [unique("job") + "-1", unique("user") + "-1"]
        for stream in streams:
            await event_store.append(stream, new_events(2), NO_STREAM)
        events = await everything(event_store.read_all())
        assert [event.stream for event in events if event.stream in streams] == [streams[0]] * 2 + [streams[1]] * 2

    async def test_several_categories_are_merged_in_order(self, event_store: EventStore) -> None:
        kinds = [unique("job"), unique("user"), unique("file")]
        await asyncio.gather(*(write_one_by_one(event_store, f"{kind}-1", 10) for kind in kinds))
        events = await everything(event_store.read_all(categories=[kinds[0], kinds[2], kinds[0]]))
        assert {event.stream for event in events} == {f"{kinds[0]}-1", f"{kinds[2]}-1"}
        assert len(events) == 20
        assert_in_order(events)

    async def test_a_category_is_the_whole_word_before_the_first_hyphen(self, event_store: EventStore) -> None:
        kind = unique("job")
        for stream in (f"{kind}-a-b", kind, f"{kind}s-1", f"x{kind}-1", f"x-{kind}-1", f"{kind[:-1]}-1", f"{kind}.-1"):
            await event_store.append(stream, new_events(1), NO_STREAM)
        events = await everything(event_store.read_all(categories=[kind]))
        assert [event.stream for event in events] == [f"{kind}-a-b", kind]

    async def test_a_category_without_events_ends_at_once(self, event_store: EventStore) -> None:
        assert await everything(event_store.read_all(categories=[unique("job")])) == []

    async def test_the_log_is_read_after_a_position(self, event_store: EventStore) -> None:
        kind = unique("job")
        await event_store.append(f"{kind}-1", new_events(5), NO_STREAM)
        events = await everything(event_store.read_all(categories=[kind]))
        assert await everything(event_store.read_all(events[1].position, [kind])) == events[2:]
        assert await everything(event_store.read_all(events[4].position, [kind])) == []
        rest = await everything(event_store.read_all(events[1].position))
        assert [event for event in rest if event.stream == f"{kind}-1"] == events[2:]

    async def test_a_long_log_is_read_whole(self, event_store: EventStore) -> None:
        kind = unique("job")
        for number in range(5):
            await event_store.append(f"{kind}-{number}", new_events(500), NO_STREAM)
        events = await everything(event_store.read_all(categories=[kind]))
        assert len(events) == 2500
        assert_in_order(events)

    async def test_a_subscription_yields_what_is_there_and_then_what_comes(self, event_store: EventStore) -> None:
        kind = unique("job")
        await event_store.append(f"{kind}-1", new_events(2), NO_STREAM)
        subscription = event_store.subscribe_all(categories=[kind])
        there = await one(subscription)
        coming = asyncio.ensure_future(first(subscription, 3 + 2 - len(there)))
        await event_store.append(f"{kind}-2", new_events(3), NO_STREAM)
        events = there + await coming
        assert [event.stream for event in events] == [f"{kind}-1"] * 2 + [f"{kind}-2"] * 3
        assert_in_order(events)

    async def test_a_subscription_begins_after_a_position(self, event_store: EventStore) -> None:
        kind = unique("job")
        await event_store.append(f"{kind}-1", new_events(4), NO_STREAM)
        events = await event_store.read(f"{kind}-1")
        assert await first(event_store.subscribe_all(events[1].position, [kind]), 2) == list(events[2:])

    async def test_a_subscription_at_the_end_yields_only_what_comes(self, event_store: EventStore) -> None:
        kind = unique("job")
        await event_store.append(f"{kind}-1", new_events(2), NO_STREAM)
        end = (await event_store.read(f"{kind}-1"))[-1].position
        coming = asyncio.ensure_future(first(event_store.subscribe_all(end, [kind]), 1))
        await event_store.append(f"{kind}-1", new_events(1), 1)
        assert [event.revision for event in await coming] == [2]

    async def test_a_subscription_leaves_other_categories_out(self, event_store: EventStore) -> None:
        kind, other = unique("job"), unique("job")
        coming = asyncio.ensure_future(first(event_store.subscribe_all(categories=[kind]), 2))
        for stream in (f"{other}-1", f"{kind}-1", f"{other}-2", f"{kind}-2"):
            await event_store.append(stream, new_events(1), NO_STREAM)
        assert [event.stream for event in await coming] == [f"{kind}-1", f"{kind}-2"]

    async def test_a_subscription_without_categories_yields_everything(self, event_store: EventStore) -> None:
        marker = unique("job") + "-1"
        await event_store.append(marker, new_events(1), NO_STREAM)
        start = (await event_store.read(marker))[0].position
        streams = [unique("job") + "-1", unique("user") + "-1"]
        coming = asyncio.ensure_future(first(event_store.subscribe_all(start), 2))
        for stream in streams:
            await event_store.append(stream, new_events(1), NO_STREAM)
        assert [event.stream for event in await coming if event.stream in streams] == streams

    async def test_a_subscription_has_no_gap_and_no_double_while_many_write(self, event_store: EventStore) -> None:
        kind = unique("job")
        subscriptions = [event_store.subscribe_all(categories=[kind]) for _ in range(2)]
        coming = [asyncio.ensure_future(first(subscription, 250)) for subscription in subscriptions]
        await asyncio.gather(*(write_one_by_one(event_store, f"{kind}-{number}", 50) for number in range(5)))
        log = await everything(event_store.read_all(categories=[kind]))
        assert len(log) == 250
        assert [await seen for seen in coming] == [log, log]
        assert_in_order(log)
