"""Reads and subscriptions, on the test server or on the server of `EVENTSTOREDB_URI`."""

import asyncio
from collections.abc import AsyncIterable
from typing import TypedDict

import pytest
from kurrentdbclient import AsyncKurrentDBClient, NewEvent, RecordedEvent, StreamState
from kurrentdbclient.exceptions import NotFoundError

from testkit.conformance.samples import unique


class Filter(TypedDict, total=False):
    filter_include: list[str]
    filter_exclude: list[str]
    filter_by_stream_name: bool
    filter_by_prefix: bool


@pytest.fixture
async def category(client: AsyncKurrentDBClient) -> str:
    """A category with two streams of five events each, whose types alternate between `one` and `two`."""
    name = unique("job")
    for stream in ("a", "b"):
        new = [NewEvent(f"{name}.{'two' if number % 2 else 'one'}", b"%d" % number) for number in range(5)]
        await client.append_to_stream(f"{name}-{stream}", events=new, current_version=StreamState.NO_STREAM)
    return name


def of(category: str) -> Filter:
    return Filter(filter_include=[f"{category}-.*"], filter_by_stream_name=True)


async def labels(events: AsyncIterable[RecordedEvent]) -> list[str]:
    """Return the last letter of the stream name and the revision of each event."""
    return [f"{event.stream_name[-1]}{event.stream_position}" async for event in events]


async def test_a_stream_is_read_in_both_directions_from_any_revision(
    client: AsyncKurrentDBClient, category: str
) -> None:
    stream = f"{category}-a"
    assert await labels(await client.read_stream(stream)) == ["a0", "a1", "a2", "a3", "a4"]
    assert await labels(await client.read_stream(stream, stream_position=2, limit=2)) == ["a2", "a3"]
    assert await labels(await client.read_stream(stream, stream_position=9)) == []
    assert await labels(await client.read_stream(stream, backwards=True, limit=2)) == ["a4", "a3"]
    assert await labels(await client.read_stream(stream, stream_position=1, backwards=True)) == ["a1", "a0"]
    with pytest.raises(NotFoundError):
        await client.get_stream(f"{category}-c")


async def test_an_event_is_returned_as_it_was_appended(client: AsyncKurrentDBClient) -> None:
    stream, new = unique("job-"), NewEvent("tests.Ё", b'{"\xd1\x91":1}', b"{ }", "application/json")
    position = await client.append_to_stream(stream, events=new, current_version=StreamState.ANY)
    (event,) = await client.get_stream(stream)
    assert (event.id, event.type, event.data, event.metadata) == (new.id, new.type, new.data, new.metadata)
    assert (event.content_type, event.commit_position, event.prepare_position) == (
        "application/json",
        position,
        position,
    )
    assert event.recorded_at is not None


async def test_the_log_is_read_in_both_directions(client: AsyncKurrentDBClient, category: str) -> None:
    events = [event async for event in await client.read_all(**of(category))]
    positions = [event.commit_position for event in events]
    assert positions == sorted(set(positions))
    assert await labels(await client.read_all(**of(category), backwards=True, limit=3)) == ["b4", "b3", "b2"]
    assert await labels(await client.read_all(**of(category), limit=6)) == ["a0", "a1", "a2", "a3", "a4", "b0"]


async def test_a_start_position_is_inclusive_forwards_and_exclusive_backwards(
    client: AsyncKurrentDBClient, category: str
) -> None:
    third = (await client.get_stream(f"{category}-a"))[2].commit_position
    assert await labels(await client.read_all(**of(category), commit_position=third, limit=2)) == ["a2", "a3"]
    assert await labels(await client.read_all(**of(category), commit_position=third, backwards=True)) == ["a1", "a0"]


async def test_the_log_is_filtered_by_stream_names_types_and_prefixes(
    client: AsyncKurrentDBClient, category: str
) -> None:
    ones = ["a0", "a2", "a4", "b0", "b2", "b4"]
    assert await labels(await client.read_all(filter_include=[rf"{category}\.one"])) == ones
    assert await labels(await client.read_all(filter_include=[f"{category}.o"], filter_by_prefix=True)) == ones
    both = Filter(filter_include=[f"{category}-b", "nothing"], filter_by_stream_name=True, filter_by_prefix=True)
    assert await labels(await client.read_all(**both)) == ["b0", "b1", "b2", "b3", "b4"]
    # "." does not match the line break that a type of another test has.
    without = Filter(filter_exclude=[rf"(?!{category}\.)[\s\S]*", rf"{category}\.two"])
    assert await labels(await client.read_all(**without)) == ones


async def test_system_events_are_in_the_log_and_excluded_by_default(
    client: AsyncKurrentDBClient, category: str
) -> None:
    await client.set_stream_metadata(f"{category}-a", metadata={"a": 1})
    newest = [event async for event in await client.read_all(filter_exclude=(), backwards=True, limit=1)]
    assert (newest[0].stream_name, newest[0].type) == (f"$${category}-a", "$metadata")
    assert not [event async for event in await client.read_all() if event.type.startswith("$")]


async def test_a_subscription_starts_after_a_position_and_reports_when_it_has_caught_up(
    client: AsyncKurrentDBClient, category: str
) -> None:
    third = (await client.get_stream(f"{category}-a"))[2].commit_position
    async with asyncio.timeout(20):
        subscription = await client.subscribe_to_all(**of(category), commit_position=third, include_caught_up=True)
        events = [await anext(subscription) for _ in range(8)]
        assert [event.is_caught_up for event in events] == [False] * 7 + [True]
        assert (events[0].stream_name, events[0].stream_position) == (f"{category}-a", 3)
        await client.append_to_stream(f"{category}-b", events=NewEvent("x", b""), current_version=4)
        assert (await anext(subscription)).stream_position == 5
        await subscription.stop()


async def test_a_subscription_from_the_end_receives_only_new_events(
    client: AsyncKurrentDBClient, category: str
) -> None:
    async with asyncio.timeout(20):
        subscription = await client.subscribe_to_all(**of(category), from_end=True)
        await client.append_to_stream(f"{category}-b", events=NewEvent("x", b""), current_version=4)
        assert (await anext(subscription)).stream_position == 5
        await subscription.stop()


async def test_a_filtered_subscription_receives_checkpoints(client: AsyncKurrentDBClient, category: str) -> None:
    for _ in range(4):
        new = [NewEvent("x", b"") for _ in range(400)]
        await client.append_to_stream(unique("other-"), events=new, current_version=StreamState.NO_STREAM)
    end = await client.get_commit_position(filter_exclude=())
    async with asyncio.timeout(20):
        subscription = await client.subscribe_to_all(**of(category), include_checkpoints=True)
        events, checkpoint = list[RecordedEvent](), 0
        while len(events) < 10 or checkpoint <= events[-1].commit_position:
            received = await anext(subscription)
            checkpoint = received.commit_position if received.is_checkpoint else checkpoint
            events += [] if received.is_checkpoint else [received]
        assert checkpoint <= end
        assert [event.stream_name for event in events] == [f"{category}-a"] * 5 + [f"{category}-b"] * 5
        await subscription.stop()


async def test_a_subscription_to_a_missing_stream_waits_for_it(client: AsyncKurrentDBClient) -> None:
    stream = unique("job-")
    async with asyncio.timeout(20):
        subscription = await client.subscribe_to_stream(stream)
        await client.append_to_stream(unique("job-"), events=NewEvent("x", b""), current_version=StreamState.ANY)
        await client.append_to_stream(stream, events=NewEvent("x", b""), current_version=StreamState.NO_STREAM)
        assert (await anext(subscription)).stream_name == stream
        await subscription.stop()


async def test_the_leader_is_discovered_by_gossip(eventstoredb_uri: str, category: str) -> None:
    async with AsyncKurrentDBClient(eventstoredb_uri.replace("esdb://", "esdb+discover://", 1)) as client:
        assert len(await client.get_stream(f"{category}-a")) == 5
