"""Conformance suite of the port `EventStore`: appending by the decision table, and reading streams."""

import asyncio
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.ports.event_store import NO_STREAM, DuplicateEventId, EventStore, NewEvent, WrongExpectedRevision
from testkit.conformance.event_log import EventLogConformance
from testkit.conformance.samples import SHARED_SUITE, new_events, unique

_APPENDS = st.lists(st.tuples(st.integers(-1, 5), st.lists(st.integers(0, 6), max_size=3, unique=True)), max_size=8)


async def refused(store: EventStore, stream: str, events: list[NewEvent], expected: int) -> int:
    """Assert that an append raises `WrongExpectedRevision`; return the actual revision that it reports."""
    with pytest.raises(WrongExpectedRevision) as caught:
        await store.append(stream, events, expected)
    return caught.value.actual


class EventStoreConformance(EventLogConformance):
    """Requires the fixture `event_store`."""

    async def test_a_new_stream_starts_at_revision_zero(self, event_store: EventStore) -> None:
        stream = unique("job-")
        assert await event_store.append(stream, new_events(1), NO_STREAM) == 0
        assert [event.revision for event in await event_store.read(stream)] == [0]

    async def test_a_batch_is_stored_in_order(self, event_store: EventStore) -> None:
        stream, events = unique("job-"), new_events(3)
        assert await event_store.append(stream, events, NO_STREAM) == 2
        stored = await event_store.read(stream)
        assert [(e.id, e.type, e.data, e.metadata) for e in stored] == [(e.id, e.type, e.data, b"{}") for e in events]
        assert [(event.stream, event.revision) for event in stored] == [(stream, 0), (stream, 1), (stream, 2)]
        assert stored[0].position < stored[1].position < stored[2].position

    async def test_data_and_metadata_are_returned_byte_for_byte(self, event_store: EventStore) -> None:
        data, metadata = '{ "имя":"Ё\\u0000",  "x":1.0}'.encode(), b'{"big":"%s"}' % (b"x" * 300_000)
        stream = unique("job-")
        await event_store.append(stream, [NewEvent(uuid4(), "tests.thing.v1", data, metadata)], NO_STREAM)
        stored = (await event_store.read(stream))[0]
        assert (stored.data, stored.metadata) == (data, metadata)

    async def test_an_append_at_the_current_revision_succeeds(self, event_store: EventStore) -> None:
        stream = unique("job-")
        await event_store.append(stream, new_events(2), NO_STREAM)
        assert await event_store.append(stream, new_events(2), 1) == 3
        assert len(await event_store.read(stream)) == 4

    async def test_an_append_at_the_current_revision_may_repeat_ids(self, event_store: EventStore) -> None:
        stream, events = unique("job-"), new_events(1)
        await event_store.append(stream, events, NO_STREAM)
        assert await event_store.append(stream, events, 0) == 1
        assert [event.id for event in await event_store.read(stream)] == [events[0].id] * 2

    @pytest.mark.parametrize(("stored", "expected"), [(0, 0), (0, 3), (2, 2), (2, 7)])
    async def test_an_append_beyond_the_current_revision_is_refused(
        self, event_store: EventStore, stored: int, expected: int
    ) -> None:
        stream = unique("job-")
        await event_store.append(stream, new_events(stored), NO_STREAM)
        assert await refused(event_store, stream, new_events(1), expected) == stored - 1
        assert len(await event_store.read(stream)) == stored

    @pytest.mark.parametrize("expected", [NO_STREAM, 0, 1])
    async def test_an_append_of_other_events_at_an_earlier_revision_is_refused(
        self, event_store: EventStore, expected: int
    ) -> None:
        stream = unique("job-")
        await event_store.append(stream, new_events(3), NO_STREAM)
        assert await refused(event_store, stream, new_events(1), expected) == 2
        assert len(await event_store.read(stream)) == 3

    async def test_a_repeated_append_is_idempotent(self, event_store: EventStore) -> None:
        stream, events = unique("job-"), new_events(3)
        await event_store.append(stream, events, NO_STREAM)
        assert await event_store.append(stream, events, NO_STREAM) == 2
        assert len(await event_store.read(stream)) == 3

    async def test_a_repeated_append_returns_the_revision_of_the_first(self, event_store: EventStore) -> None:
        stream, first, second = unique("job-"), new_events(2), new_events(2)
        await event_store.append(stream, first, NO_STREAM)
        await event_store.append(stream, second, 1)
        await event_store.append(stream, new_events(3), 3)
        assert await event_store.append(stream, first, NO_STREAM) == 1
        assert await event_store.append(stream, second, 1) == 3
        assert len(await event_store.read(stream)) == 7

    @pytest.mark.parametrize("picked", [(3, 1), (0, 3), (1, 0), (1,), (0, 2), (0, 1, 2, 3)])
    async def test_a_repeated_append_with_other_events_or_order_is_refused(
        self, event_store: EventStore, picked: tuple[int, ...]
    ) -> None:
        stream, events = unique("job-"), new_events(4)
        await event_store.append(stream, events[:3], NO_STREAM)
        assert await refused(event_store, stream, [events[index] for index in picked], NO_STREAM) == 2
        assert [event.id for event in await event_store.read(stream)] == [event.id for event in events[:3]]

    async def test_ids_are_compared_within_one_stream_only(self, event_store: EventStore) -> None:
        stream, other, events = unique("job-"), unique("job-"), new_events(1)
        await event_store.append(stream, events, NO_STREAM)
        assert await event_store.append(other, events, NO_STREAM) == 0
        assert len(await event_store.read(other)) == 1

    @pytest.mark.parametrize("expected", [NO_STREAM, 0])
    async def test_two_equal_ids_in_one_batch_are_refused(self, event_store: EventStore, expected: int) -> None:
        stream, event = unique("job-"), new_events(1)[0]
        await event_store.append(stream, new_events(expected + 1), NO_STREAM)
        with pytest.raises(DuplicateEventId):
            await event_store.append(stream, [event, *new_events(1), event], expected)
        assert len(await event_store.read(stream)) == expected + 1

    @pytest.mark.parametrize("expected", [NO_STREAM, 0, 5])
    async def test_an_append_of_no_events_returns_the_expected_revision(
        self, event_store: EventStore, expected: int
    ) -> None:
        stream = unique("job-")
        assert await event_store.append(stream, [], expected) == expected
        assert await event_store.read(stream) == []
        assert await event_store.append(stream, new_events(1), NO_STREAM) == 0
        assert len(await event_store.read(stream)) == 1

    async def test_exactly_one_of_several_writers_at_one_revision_succeeds(self, event_store: EventStore) -> None:
        stream = unique("job-")
        attempts = [event_store.append(stream, new_events(2), NO_STREAM) for _ in range(10)]
        outcomes = await asyncio.gather(*attempts, return_exceptions=True)
        assert [outcome for outcome in outcomes if not isinstance(outcome, WrongExpectedRevision)] == [1]
        assert len(await event_store.read(stream)) == 2

    async def test_concurrent_repeated_appends_are_stored_once(self, event_store: EventStore) -> None:
        stream, events = unique("job-"), new_events(3)
        revisions = await asyncio.gather(*(event_store.append(stream, events, NO_STREAM) for _ in range(10)))
        assert revisions == [2] * 10
        assert [event.id for event in await event_store.read(stream)] == [event.id for event in events]

    @settings(max_examples=25, deadline=None, suppress_health_check=SHARED_SUITE)
    @given(appends=_APPENDS)
    async def test_appending_agrees_with_the_decision_table(
        self, event_store: EventStore, appends: list[tuple[int, list[int]]]
    ) -> None:
        stream, ids, model = unique("job-"), [uuid4() for _ in range(7)], list[UUID]()
        for expected, picked in appends:
            events = [NewEvent(ids[index], "tests.thing.v1", b"{}") for index in picked]
            wanted = [event.id for event in events]
            if events and expected == len(model) - 1:
                model += wanted
            if not events or model[expected + 1 : expected + 1 + len(events)] == wanted:
                assert await event_store.append(stream, events, expected) == expected + len(events)
            else:
                assert await refused(event_store, stream, events, expected) == len(model) - 1
            assert [event.id for event in await event_store.read(stream)] == model

    async def test_a_missing_stream_has_no_events(self, event_store: EventStore) -> None:
        stream = unique("job-")
        assert await event_store.read(stream) == []
        assert await event_store.last(stream) is None

    async def test_reading_starts_after_a_revision_and_ends_at_a_limit(self, event_store: EventStore) -> None:
        stream = unique("job-")
        await event_store.append(stream, new_events(6), NO_STREAM)
        assert [event.revision for event in await event_store.read(stream, after=2)] == [3, 4, 5]
        assert [event.revision for event in await event_store.read(stream, limit=2)] == [0, 1]
        assert [event.revision for event in await event_store.read(stream, after=1, limit=3)] == [2, 3, 4]
        assert await event_store.read(stream, after=5) == []
        assert await event_store.read(stream, after=50) == []

    async def test_a_stream_of_several_pages_is_read_completely(self, event_store: EventStore) -> None:
        stream = unique("job-")
        for done in range(0, 2500, 500):
            await event_store.append(stream, new_events(500), done - 1)
        assert [event.revision for event in await event_store.read(stream)] == list(range(2500))

    async def test_the_last_event_is_the_newest(self, event_store: EventStore) -> None:
        stream, events = unique("job-"), new_events(3)
        await event_store.append(stream, events, NO_STREAM)
        last = await event_store.last(stream)
        assert last == (await event_store.read(stream))[-1]
        assert last is not None
        assert (last.id, last.revision) == (events[2].id, 2)
