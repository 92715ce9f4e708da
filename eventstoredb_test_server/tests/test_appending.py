"""EventStoreDB's decision table for appends, asked of our server or of the one that `EVENTSTOREDB_URI` names."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import cast
from uuid import uuid4

import pytest
from kurrentdbclient import AsyncKurrentDBClient, KurrentDBClient, NewEvent, StreamState
from kurrentdbclient.exceptions import (
    MaximumAppendSizeExceededError,
    NotFoundError,
    StreamIsDeletedError,
    WrongCurrentVersionError,
)

from testkit.conformance.samples import unique

ANY, EXISTS, NO_STREAM = StreamState.ANY, StreamState.EXISTS, StreamState.NO_STREAM


@pytest.fixture
async def client(eventstoredb_uri: str) -> AsyncGenerator[AsyncKurrentDBClient]:
    async with AsyncKurrentDBClient(eventstoredb_uri) as client:
        yield client


def events(count: int) -> list[NewEvent]:
    return [NewEvent("tests.thing.v1", b"{}", id=uuid4()) for _ in range(count)]


async def append(
    client: AsyncKurrentDBClient, stream: str, new: Sequence[NewEvent], expected: int | StreamState
) -> int:
    return await client.append_to_stream(stream, events=new, current_version=expected)


async def refused(
    client: AsyncKurrentDBClient, stream: str, new: Sequence[NewEvent], expected: int | StreamState
) -> int | StreamState | None:
    """Expect that appending is refused; return where the server says that the stream is."""
    with pytest.raises(WrongCurrentVersionError) as caught:
        await append(client, stream, new, expected)
    return caught.value.actual_version


async def revisions(client: AsyncKurrentDBClient, stream: str) -> list[int]:
    return [event.stream_position for event in await client.get_stream(stream)]


async def test_the_current_version_is_accepted_without_looking_at_ids(client: AsyncKurrentDBClient) -> None:
    stream, new = unique("job-"), events(2)
    first = await append(client, stream, new, NO_STREAM)
    assert await append(client, stream, new, 1) > first
    assert await revisions(client, stream) == [0, 1, 2, 3]


@pytest.mark.parametrize(("stored", "expected", "actual"), [(0, 0, NO_STREAM), (2, 2, 1), (2, 7, 1)])
async def test_a_version_that_is_not_reached_is_refused(
    client: AsyncKurrentDBClient, stored: int, expected: int, actual: int | StreamState
) -> None:
    stream = unique("job-")
    if stored:
        await append(client, stream, events(stored), NO_STREAM)
    assert await refused(client, stream, events(1), expected) == actual


@pytest.mark.parametrize("expected", [NO_STREAM, 0, 1])
async def test_a_past_version_is_refused_to_other_events(
    client: AsyncKurrentDBClient, expected: int | StreamState
) -> None:
    stream = unique("job-")
    await append(client, stream, events(3), NO_STREAM)
    assert await refused(client, stream, events(1), expected) == 2
    assert await revisions(client, stream) == [0, 1, 2]


async def test_the_same_events_again_succeed_with_their_old_position(client: AsyncKurrentDBClient) -> None:
    stream, first, second = unique("job-"), events(2), events(2)
    positions = [await append(client, stream, first, NO_STREAM), await append(client, stream, second, 1)]
    await append(client, stream, events(1), 3)
    assert [await append(client, stream, first, NO_STREAM), await append(client, stream, second, 1)] == positions
    assert await revisions(client, stream) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("picked", [(3, 1), (0, 3), (1, 0), (1,), (0, 2), (0, 1, 2, 3)])
async def test_events_that_are_not_all_the_same_in_order_are_refused(
    client: AsyncKurrentDBClient, picked: Sequence[int]
) -> None:
    stream, new = unique("job-"), events(4)
    await append(client, stream, new[:3], NO_STREAM)
    assert await refused(client, stream, [new[index] for index in picked], NO_STREAM) == 2


@pytest.mark.parametrize("expected", [ANY, EXISTS])
async def test_without_a_version_unknown_events_are_appended_and_known_ones_are_not(
    client: AsyncKurrentDBClient, expected: StreamState
) -> None:
    stream, first, second = unique("job-"), events(2), events(2)
    await append(client, stream, first, NO_STREAM)
    position = await append(client, stream, second, expected)
    assert await append(client, stream, second, expected) == position
    assert await revisions(client, stream) == [0, 1, 2, 3]


async def test_without_a_version_events_of_which_only_the_first_is_known_are_refused(
    client: AsyncKurrentDBClient,
) -> None:
    stream, new = unique("job-"), events(3)
    await append(client, stream, new[:1], NO_STREAM)
    assert await refused(client, stream, new, ANY) == 0


async def test_any_version_makes_a_stream_and_an_existing_one_does_not(client: AsyncKurrentDBClient) -> None:
    assert await refused(client, unique("job-"), events(1), EXISTS) == NO_STREAM
    stream = unique("job-")
    await append(client, stream, events(1), ANY)
    assert await revisions(client, stream) == [0]


async def test_a_deleted_stream_is_not_found_and_goes_on_where_it_was(client: AsyncKurrentDBClient) -> None:
    stream = unique("job-")
    await append(client, stream, events(2), NO_STREAM)
    await client.delete_stream(stream, current_version=1)
    with pytest.raises(NotFoundError):
        await client.get_stream(stream)
    with pytest.raises(StreamIsDeletedError):
        await append(client, stream, events(1), EXISTS)
    await append(client, stream, events(2), NO_STREAM)
    assert await revisions(client, stream) == [2, 3]


async def test_the_events_that_a_deleted_stream_began_with_are_not_appended_again(
    client: AsyncKurrentDBClient,
) -> None:
    stream, new = unique("job-"), events(2)
    position = await append(client, stream, new, NO_STREAM)
    await client.delete_stream(stream, current_version=ANY)
    assert await append(client, stream, new, NO_STREAM) == position
    with pytest.raises(NotFoundError):
        await client.get_stream(stream)


async def test_a_tombstoned_stream_is_gone_for_ever(client: AsyncKurrentDBClient) -> None:
    stream = unique("job-")
    await append(client, stream, events(1), NO_STREAM)
    await client.tombstone_stream(stream, current_version=0)
    for expected in (NO_STREAM, ANY, EXISTS, 0):
        with pytest.raises(StreamIsDeletedError):
            await append(client, stream, events(1), expected)
    with pytest.raises(StreamIsDeletedError):
        await client.get_stream(stream)


@pytest.mark.parametrize("end", ["delete_stream", "tombstone_stream"])
async def test_a_stream_is_not_ended_at_another_version(client: AsyncKurrentDBClient, end: str) -> None:
    stream = unique("job-")
    with pytest.raises(NotFoundError):
        await getattr(client, end)(stream, current_version=0)
    await append(client, stream, events(2), NO_STREAM)
    with pytest.raises(WrongCurrentVersionError):
        await getattr(client, end)(stream, current_version=0)


async def test_more_than_a_megabyte_is_refused(client: AsyncKurrentDBClient) -> None:
    stream = unique("job-")
    for size, parts in ((1024 * 1024, 1), (600_000, 2)):
        large = [NewEvent("tests.thing.v1", b"1" * size) for _ in range(parts)]
        with pytest.raises(MaximumAppendSizeExceededError):
            await append(client, stream, large, NO_STREAM)
    with pytest.raises(NotFoundError):
        await client.get_stream(stream)


async def test_of_writers_at_one_version_exactly_one_wins(client: AsyncKurrentDBClient) -> None:
    stream = unique("job-")
    outcomes = await asyncio.gather(
        *(append(client, stream, events(2), NO_STREAM) for _ in range(10)), return_exceptions=True
    )
    assert sum(isinstance(outcome, int) for outcome in outcomes) == 1
    assert await revisions(client, stream) == [0, 1]


async def test_the_plain_append_follows_the_same_table(eventstoredb_uri: str) -> None:
    stream, new = unique("job-"), events(2)

    def appending() -> None:
        with KurrentDBClient(eventstoredb_uri) as client:
            append = cast("Callable[..., int]", client.streams.append)  # pyright: ignore[reportUnknownMemberType]
            position = append(stream, NO_STREAM, new)
            assert append(stream, NO_STREAM, new) == position
            for expected in (NO_STREAM, 0, 5):
                with pytest.raises(WrongCurrentVersionError) as caught:
                    append(stream, expected, events(1))
                assert caught.value.actual_version == 1
            assert append(stream, 1, events(1)) > position

    await asyncio.to_thread(appending)


async def test_metadata_of_a_stream_is_kept_in_a_stream_of_its_own(client: AsyncKurrentDBClient) -> None:
    stream = unique("job-")
    assert await client.get_stream_metadata(stream) == ({}, NO_STREAM)
    await client.set_stream_metadata(stream, metadata={"a": 1}, current_version=NO_STREAM)
    await client.set_stream_metadata(stream, metadata={"a": 2}, current_version=0)
    assert await client.get_stream_metadata(stream) == ({"a": 2}, 1)


async def test_truncating_hides_what_came_before(client: AsyncKurrentDBClient) -> None:
    stream = unique("job-")
    await append(client, stream, events(4), NO_STREAM)
    await client.set_stream_metadata(stream, metadata={"$tb": 2})
    assert await revisions(client, stream) == [2, 3]
