"""Reading and following streams and the log, asked of our server or of the one that `EVENTSTOREDB_URI` names."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from typing import TypedDict

import pytest
from kurrentdbclient import AsyncKurrentDBClient, NewEvent, RecordedEvent, StreamState
from kurrentdbclient.exceptions import NotFoundError

from testkit.conformance.samples import unique


class Asked(TypedDict, total=False):
    filter_include: list[str]
    filter_exclude: list[str]
    filter_by_stream_name: bool
    filter_by_prefix: bool


@pytest.fixture
async def client(eventstoredb_uri: str) -> AsyncGenerator[AsyncKurrentDBClient]:
    async with AsyncKurrentDBClient(eventstoredb_uri) as client:
        yield client


@pytest.fixture
async def kind(client: AsyncKurrentDBClient) -> str:
    """A word that begins the names of two streams with five events each, of types one and two by turns."""
    word = unique("job")
    for stream in ("a", "b"):
        new = [NewEvent(f"{word}.{'two' if number % 2 else 'one'}", b"%d" % number) for number in range(5)]
        await client.append_to_stream(f"{word}-{stream}", events=new, current_version=StreamState.NO_STREAM)
    return word


def of(kind: str) -> Asked:
    return Asked(filter_include=[f"{kind}-.*"], filter_by_stream_name=True)


async def seen(events: AsyncIterable[RecordedEvent]) -> list[str]:
    return [f"{event.stream_name[-1]}{event.stream_position}" async for event in events]


async def test_a_stream_is_read_in_both_directions_from_any_place(client: AsyncKurrentDBClient, kind: str) -> None:
    stream = f"{kind}-a"
    assert await seen(await client.read_stream(stream)) == ["a0", "a1", "a2", "a3", "a4"]
    assert await seen(await client.read_stream(stream, stream_position=2, limit=2)) == ["a2", "a3"]
    assert await seen(await client.read_stream(stream, stream_position=9)) == []
    assert await seen(await client.read_stream(stream, backwards=True, limit=2)) == ["a4", "a3"]
    assert await seen(await client.read_stream(stream, stream_position=1, backwards=True)) == ["a1", "a0"]
    with pytest.raises(NotFoundError):
        await client.get_stream(f"{kind}-c")


async def test_an_event_comes_back_as_it_was_given(client: AsyncKurrentDBClient) -> None:
    stream, given = unique("job-"), NewEvent("tests.Ё", b'{"\xd1\x91":1}', b"{ }", "application/json")
    position = await client.append_to_stream(stream, events=given, current_version=StreamState.ANY)
    (event,) = await client.get_stream(stream)
    assert (event.id, event.type, event.data, event.metadata) == (given.id, given.type, given.data, given.metadata)
    assert (event.content_type, event.commit_position, event.prepare_position) == (
        "application/json",
        position,
        position,
    )
    assert event.recorded_at is not None


async def test_the_log_is_read_in_both_directions(client: AsyncKurrentDBClient, kind: str) -> None:
    events = [event async for event in await client.read_all(**of(kind))]
    positions = [event.commit_position for event in events]
    assert positions == sorted(set(positions))
    assert await seen(await client.read_all(**of(kind), backwards=True, limit=3)) == ["b4", "b3", "b2"]
    assert await seen(await client.read_all(**of(kind), limit=6)) == ["a0", "a1", "a2", "a3", "a4", "b0"]


async def test_a_position_is_read_inclusively_forwards_and_exclusively_backwards(
    client: AsyncKurrentDBClient, kind: str
) -> None:
    third = (await client.get_stream(f"{kind}-a"))[2].commit_position
    assert await seen(await client.read_all(**of(kind), commit_position=third, limit=2)) == ["a2", "a3"]
    assert await seen(await client.read_all(**of(kind), commit_position=third, backwards=True)) == ["a1", "a0"]


async def test_the_log_is_filtered_by_names_and_types_and_their_beginnings(
    client: AsyncKurrentDBClient, kind: str
) -> None:
    ones = ["a0", "a2", "a4", "b0", "b2", "b4"]
    assert await seen(await client.read_all(filter_include=[rf"{kind}\.one"])) == ones
    assert await seen(await client.read_all(filter_include=[f"{kind}.o"], filter_by_prefix=True)) == ones
    both = Asked(filter_include=[f"{kind}-b", "nothing"], filter_by_stream_name=True, filter_by_prefix=True)
    assert await seen(await client.read_all(**both)) == ["b0", "b1", "b2", "b3", "b4"]
    without = Asked(filter_exclude=[rf"(?!{kind}\.).*", rf"{kind}\.two"])
    assert await seen(await client.read_all(**without)) == ones


async def test_events_of_the_system_are_in_the_log_and_left_out_by_default(
    client: AsyncKurrentDBClient, kind: str
) -> None:
    await client.set_stream_metadata(f"{kind}-a", metadata={"a": 1})
    newest = [event async for event in await client.read_all(filter_exclude=(), backwards=True, limit=1)]
    assert (newest[0].stream_name, newest[0].type) == (f"$${kind}-a", "$metadata")
    assert not [event async for event in await client.read_all() if event.type.startswith("$")]


async def test_a_subscription_to_the_log_begins_after_a_position_says_that_it_caught_up_and_goes_on(
    client: AsyncKurrentDBClient, kind: str
) -> None:
    third = (await client.get_stream(f"{kind}-a"))[2].commit_position
    async with asyncio.timeout(20):
        subscription = await client.subscribe_to_all(**of(kind), commit_position=third, include_caught_up=True)
        events = [await anext(subscription) for _ in range(8)]
        assert [event.is_caught_up for event in events] == [False] * 7 + [True]
        assert (events[0].stream_name, events[0].stream_position) == (f"{kind}-a", 3)
        await client.append_to_stream(f"{kind}-b", events=NewEvent("x", b""), current_version=4)
        assert (await anext(subscription)).stream_position == 5
        await subscription.stop()


async def test_a_subscription_from_the_end_brings_only_what_comes(client: AsyncKurrentDBClient, kind: str) -> None:
    async with asyncio.timeout(20):
        subscription = await client.subscribe_to_all(**of(kind), from_end=True)
        await client.append_to_stream(f"{kind}-b", events=NewEvent("x", b""), current_version=4)
        assert (await anext(subscription)).stream_position == 5
        await subscription.stop()


async def test_a_filtered_subscription_hears_how_far_the_log_was_looked_at(
    client: AsyncKurrentDBClient, kind: str
) -> None:
    for _ in range(4):
        new = [NewEvent("x", b"") for _ in range(400)]
        await client.append_to_stream(unique("other-"), events=new, current_version=StreamState.NO_STREAM)
    end = await client.get_commit_position(filter_exclude=())
    async with asyncio.timeout(20):
        subscription = await client.subscribe_to_all(**of(kind), include_checkpoints=True)
        events, checkpoint = list[RecordedEvent](), 0
        while len(events) < 10 or checkpoint <= events[-1].commit_position:
            heard = await anext(subscription)
            checkpoint = heard.commit_position if heard.is_checkpoint else checkpoint
            events += [] if heard.is_checkpoint else [heard]
        assert checkpoint <= end
        assert [event.stream_name for event in events] == [f"{kind}-a"] * 5 + [f"{kind}-b"] * 5
        await subscription.stop()


async def test_a_subscription_to_a_stream_waits_for_one_that_is_not_there_yet(client: AsyncKurrentDBClient) -> None:
    stream = unique("job-")
    async with asyncio.timeout(20):
        subscription = await client.subscribe_to_stream(stream)
        await client.append_to_stream(unique("job-"), events=NewEvent("x", b""), current_version=StreamState.ANY)
        await client.append_to_stream(stream, events=NewEvent("x", b""), current_version=StreamState.NO_STREAM)
        assert (await anext(subscription)).stream_name == stream
        await subscription.stop()


async def test_a_cluster_is_found_by_gossip(eventstoredb_uri: str, kind: str) -> None:
    async with AsyncKurrentDBClient(eventstoredb_uri.replace("esdb://", "esdb+discover://", 1)) as client:
        assert len(await client.get_stream(f"{kind}-a")) == 5
