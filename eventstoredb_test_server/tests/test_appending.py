"""EventStoreDB's rules of appends, on the test server or on the server of `EVENTSTOREDB_URI`."""

import asyncio
from collections.abc import Callable, Sequence
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


def events(count: int) -> list[NewEvent]:
    return [NewEvent("tests.thing.v1", b"{}", id=uuid4()) for _ in range(count)]


async def append(
    client: AsyncKurrentDBClient, stream: str, new: Sequence[NewEvent], expected: int | StreamState
) -> int:
    return await client.append_to_stream(stream, events=new, current_version=expected)


async def refused(
    client: AsyncKurrentDBClient, stream: str, new: Sequence[NewEvent], expected: int | StreamState
) -> int | StreamState | None:
    """Expect `WrongCurrentVersionError`; return the actual version that it reports."""
    with pytest.raises(WrongCurrentVersionError) as caught:
        await append(client, stream, new, expected)
    return caught.value.actual_version


async def revisions(client: AsyncKurrentDBClient, stream: str) -> list[int]:
    return [event.stream_position for event in await client.get_stream(stream)]


async def test_an_append_at_the_current_version_is_accepted_with_any_ids(client: AsyncKurrentDBClient) -> None:
    stream, new = unique("job-"), events(2)
    first = await append(client, stream, new, NO_STREAM)
    assert await append(client, stream, new, 1) > first
    assert await revisions(client, stream) == [0, 1, 2, 3]


@pytest.mark.parametrize(("stored", "expected", "actual"), [(0, 0, NO_STREAM), (2, 2, 1), (2, 7, 1)])
async def test_an_append_above_the_current_version_is_refused(
    client: AsyncKurrentDBClient, stored: int, expected: int, actual: int | StreamState
) -> None:
    stream = unique("job-")
    if stored:
        await append(client, stream, events(stored), NO_STREAM)
    assert await refused(client, stream, events(1), expected) == actual


@pytest.mark.parametrize("expected", [NO_STREAM, 0, 1])
async def test_other_events_at_a_past_version_are_refused(
    client: AsyncKurrentDBClient, expected: int | StreamState
) -> None:
    stream = unique("job-")
    await append(client, stream, events(3), NO_STREAM)
    assert await refused(client, stream, events(1), expected) == 2
    assert await revisions(client, stream) == [0, 1, 2]


async def test_a_repeated_append_succeeds_with_its_old_position(client: AsyncKurrentDBClient) -> None:
    stream, first, second = unique("job-"), events(2), events(2)
    positions = [await append(client, stream, first, NO_STREAM), await append(client, stream, second, 1)]
    await append(client, stream, events(1), 3)
    assert [await append(client, stream, first, NO_STREAM), await append(client, stream, second, 1)] == positions
    assert await revisions(client, stream) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("indexes", [(3, 1), (0, 3), (1, 0), (1,), (0, 2), (0, 1, 2, 3)])
async def test_an_append_that_repeats_only_some_events_is_refused(
    client: AsyncKurrentDBClient, indexes: Sequence[int]
) -> None:
    stream, new = unique("job-"), events(4)
    await append(client, stream, new[:3], NO_STREAM)
    assert await refused(client, stream, [new[index] for index in indexes], NO_STREAM) == 2


@pytest.mark.parametrize("expected", [ANY, EXISTS])
async def test_an_append_without_an_exact_version_is_recognised_when_repeated(
    client: AsyncKurrentDBClient, expected: StreamState
) -> None:
    stream, first, second = unique("job-"), events(2), events(2)
    await append(client, stream, first, NO_STREAM)
    position = await append(client, stream, second, expected)
    assert await append(client, stream, second, expected) == position
    assert await revisions(client, stream) == [0, 1, 2, 3]


async def test_an_append_without_an_exact_version_is_refused_when_only_its_first_event_is_known(
    client: AsyncKurrentDBClient,
) -> None:
    stream, new = unique("job-"), events(3)
    await append(client, stream, new[:1], NO_STREAM)
    assert await refused(client, stream, new, ANY) == 0


async def test_any_version_creates_a_stream_and_stream_exists_does_not(client: AsyncKurrentDBClient) -> None:
    assert await refused(client, unique("job-"), events(1), EXISTS) == NO_STREAM
    stream = unique("job-")
    await append(client, stream, events(1), ANY)
    assert await revisions(client, stream) == [0]


async def test_a_deleted_stream_is_not_found_and_continues_its_revisions(client: AsyncKurrentDBClient) -> None:
    stream = unique("job-")
    await append(client, stream, events(2), NO_STREAM)
    await client.delete_stream(stream, current_version=1)
    with pytest.raises(NotFoundError):
        await client.get_stream(stream)
    with pytest.raises(StreamIsDeletedError):
        await append(client, stream, events(1), EXISTS)
    await append(client, stream, events(2), NO_STREAM)
    assert await revisions(client, stream) == [2, 3]


async def test_repeating_the_first_events_of_a_deleted_stream_appends_nothing(
    client: AsyncKurrentDBClient,
) -> None:
    stream, new = unique("job-"), events(2)
    await append(client, stream, new, NO_STREAM)
    await client.delete_stream(stream, current_version=ANY)
    await append(client, stream, new, NO_STREAM)  # the response has no position
    with pytest.raises(NotFoundError):
        await client.get_stream(stream)


async def test_a_tombstoned_stream_refuses_reads_and_appends(client: AsyncKurrentDBClient) -> None:
    stream = unique("job-")
    await append(client, stream, events(1), NO_STREAM)
    await client.tombstone_stream(stream, current_version=0)
    for expected in (NO_STREAM, ANY, EXISTS, 0):
        with pytest.raises(StreamIsDeletedError):
            await append(client, stream, events(1), expected)
    with pytest.raises(StreamIsDeletedError):
        await client.get_stream(stream)


@pytest.mark.parametrize("end", ["delete_stream", "tombstone_stream"])
async def test_a_delete_or_tombstone_at_another_version_is_refused(client: AsyncKurrentDBClient, end: str) -> None:
    stream = unique("job-")
    with pytest.raises(NotFoundError):
        await getattr(client, end)(stream, current_version=0)
    await append(client, stream, events(2), NO_STREAM)
    with pytest.raises(WrongCurrentVersionError):
        await getattr(client, end)(stream, current_version=0)


async def test_an_append_above_one_mebibyte_of_data_is_refused(client: AsyncKurrentDBClient) -> None:
    stream = unique("job-")
    for size, parts in ((1024 * 1024 + 1, 1), (600_000, 2)):
        large = [NewEvent("tests.thing.v1", b"1" * size) for _ in range(parts)]
        with pytest.raises(MaximumAppendSizeExceededError):
            await append(client, stream, large, NO_STREAM)
    with pytest.raises(NotFoundError):
        await client.get_stream(stream)


async def test_one_mebibyte_of_data_is_accepted_with_metadata_and_types(client: AsyncKurrentDBClient) -> None:
    largest = NewEvent("tests.thing.v1", b"1" * 1024 * 1024, b"2" * 100_000)
    assert await append(client, unique("job-"), [largest], NO_STREAM)


async def test_exactly_one_of_concurrent_writers_at_one_version_succeeds(client: AsyncKurrentDBClient) -> None:
    stream = unique("job-")
    outcomes = await asyncio.gather(
        *(append(client, stream, events(2), NO_STREAM) for _ in range(10)), return_exceptions=True
    )
    assert sum(isinstance(outcome, int) for outcome in outcomes) == 1
    assert await revisions(client, stream) == [0, 1]


async def test_the_append_method_follows_the_same_rules_as_batch_append(eventstoredb_uri: str) -> None:
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


async def test_stream_metadata_has_its_own_versions(client: AsyncKurrentDBClient) -> None:
    stream = unique("job-")
    assert await client.get_stream_metadata(stream) == ({}, NO_STREAM)
    await client.set_stream_metadata(stream, metadata={"a": 1}, current_version=NO_STREAM)
    await client.set_stream_metadata(stream, metadata={"a": 2}, current_version=0)
    assert await client.get_stream_metadata(stream) == ({"a": 2}, 1)


async def test_truncate_before_hides_earlier_events(client: AsyncKurrentDBClient) -> None:
    stream = unique("job-")
    await append(client, stream, events(4), NO_STREAM)
    await client.set_stream_metadata(stream, metadata={"$tb": 2})
    assert await revisions(client, stream) == [2, 3]
