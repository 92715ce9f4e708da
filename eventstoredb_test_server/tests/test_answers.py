"""Answers that the client library hides, on the test server or on the server of `EVENTSTOREDB_URI`."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack
from uuid import UUID

import pytest

from eventstoredb_test_server.protocol import BatchAppendReq, WrongExpectedVersion
from testkit.conformance.samples import unique
from tools.eventstoredb import requests
from tools.eventstoredb.raw_calls import OPEN, Answer, RawCalls, raw_calls
from tools.eventstoredb.slow_client import APPENDED, read_too_slowly

MIB = 1024 * 1024
FILTERED = "Unexpected FilteredReadAllResult: Error"
FAILED = "Exception was thrown by handler."


@pytest.fixture
async def calls(eventstoredb_uri: str) -> AsyncGenerator[RawCalls]:
    async with raw_calls(eventstoredb_uri) as calls:
        yield calls


@pytest.fixture
async def stream(calls: RawCalls) -> str:
    """A stream with three events."""
    name = unique("answers") + "-a"
    await calls.call("BatchAppend", requests.batch(name, requests.events(3), "no_stream"), count=1)
    return name


async def positions(calls: RawCalls, stream: str) -> list[int]:
    return (await calls.call("Read", requests.read_stream(stream))).positions


async def error_of(calls: RawCalls, request: Sequence[BatchAppendReq]) -> tuple[int, str]:
    """Return the status code of a refused batch, and which error it is."""
    answer = await calls.call("BatchAppend", request, count=1)
    error = answer.messages[0].error
    return error.code, error.details.type_url.rpartition(".")[2]


def contents(answer: Answer) -> list[str]:
    return [message.WhichOneof("content") for message in answer.messages]


async def test_a_wrong_version_has_a_status_code_and_the_expected_version(calls: RawCalls, stream: str) -> None:
    answer = await calls.call("BatchAppend", requests.batch(stream, requests.events(1), 7), count=1)
    wrong = WrongExpectedVersion()
    answer.messages[0].error.details.Unpack(wrong)
    assert (answer.messages[0].error.code, wrong.current_stream_revision, wrong.expected_stream_position) == (6, 2, 7)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"expected": None}, (3, "BadRequest")),
        ({"expected": 2**63}, (3, "BadRequest")),
        ({"content_type": None}, (3, "BadRequest")),
        ({"new": [(UUID(int=0), "compared", b"")]}, (3, "BadRequest")),
        ({"stream": "$$"}, (3, "BadRequest")),
        ({"deadline": 0}, (4, "Timeout")),
        ({"deadline": -1}, (4, "Timeout")),
        ({"new": requests.events(1, MIB + 1)}, (3, "MaximumAppendSizeExceeded")),
    ],
)
async def test_a_batch_that_is_not_valid_is_refused(
    calls: RawCalls, stream: str, changed: dict[str, object], error: tuple[int, str]
) -> None:
    arguments = {"stream": stream, "new": requests.events(1), "expected": "any"} | changed
    assert await error_of(calls, requests.batch(**arguments)) == error  # pyright: ignore[reportArgumentType]


async def test_a_call_stays_open_after_a_refusal_and_ends_after_a_success(calls: RawCalls, stream: str) -> None:
    refused = [calls.call("BatchAppend", requests.batch(stream, requests.events(1), 7)) for _ in range(30)]
    assert OPEN in {answer.end for answer in await asyncio.gather(*refused)}
    succeeded = await calls.call("BatchAppend", requests.batch(stream, requests.events(1), 2))
    assert succeeded.end.status == "OK"


async def test_equal_appends_at_once_are_dropped_but_for_one(calls: RawCalls, stream: str) -> None:
    request = requests.batch(stream, requests.events(1), 2)
    answers = await asyncio.gather(*(calls.call("BatchAppend", request, count=1, seconds=8) for _ in range(10)))
    results = [answer.messages[0].WhichOneof("result") for answer in answers]
    errors = {answer.messages[0].error.code for answer in answers} - {0}
    assert "success" in results
    assert errors == {4}
    assert len(await positions(calls, stream)) == 4


async def test_a_connection_carries_a_hundred_calls(calls: RawCalls, stream: str) -> None:
    following, read = requests.read_stream(stream, "end", subscribe=True), requests.read_stream(stream)
    async with AsyncExitStack() as opened:
        for _ in range(100):
            await opened.enter_async_context(calls.subscription(following))
        assert (await calls.call("Read", read, seconds=0.5)).end == OPEN
    assert (await calls.call("Read", read)).end.status == "OK"


async def test_an_append_without_events_succeeds_without_a_revision(calls: RawCalls) -> None:
    answer = await calls.call("BatchAppend", requests.batch(unique("answers"), [], "no_stream"), count=1)
    assert answer.messages[0].success.WhichOneof("current_revision_option") == "no_stream"


async def test_a_message_above_16_mebibytes_is_refused(calls: RawCalls, stream: str) -> None:
    answer = await calls.call("BatchAppend", requests.batch(stream, requests.events(1, 17 * MIB), "any"), count=1)
    assert answer.end.status == "RESOURCE_EXHAUSTED"


async def test_an_append_that_is_too_large_has_trailers(calls: RawCalls, stream: str) -> None:
    answer = await calls.call("Append", requests.append(stream, requests.events(1, MIB + 1), 2))
    assert answer.end.status == "INVALID_ARGUMENT"
    assert dict(answer.end.trailers) == {
        "exception": "maximum-append-size-exceeded",
        "maximum-append-size": "1048576",
    }


async def test_the_refusal_of_a_delete_has_trailers(calls: RawCalls, stream: str) -> None:
    answer = await calls.call("Delete", requests.delete(stream, 9))
    assert answer.end.status == "FAILED_PRECONDITION"
    assert dict(answer.end.trailers) == {
        "exception": "wrong-expected-version",
        "stream-name": stream,
        "expected-version": "9",
        "actual-version": "2",
    }


async def test_a_missing_stream_can_not_be_deleted(calls: RawCalls) -> None:
    answer = await calls.call("Delete", requests.delete(unique("answers"), "any"))
    assert (answer.end.status, dict(answer.end.trailers)["actual-version"]) == ("FAILED_PRECONDITION", "-1")


async def test_the_log_can_not_be_read_from_a_position_between_events(calls: RawCalls, stream: str) -> None:
    between = (await positions(calls, stream))[1] + 1
    for backwards in (False, True):
        request = requests.read_all(between, prefix=stream, backwards=backwards)
        answer = await calls.call("Read", request)
        assert (answer.end.status, answer.end.details) == ("UNKNOWN", FILTERED)
    subscription = await calls.call("Read", requests.read_all(between, prefix=stream, subscribe=True))
    assert (subscription.messages, subscription.end.status, subscription.end.details) == ([], "UNKNOWN", FAILED)


async def test_a_position_beyond_the_end_is_no_error(calls: RawCalls, stream: str) -> None:
    beyond = (await positions(calls, stream))[-1] + 10**9
    answer = await calls.call("Read", requests.read_all(beyond, prefix=stream))
    assert (answer.messages, answer.end.status) == ([], "OK")
    subscription = await calls.call("Read", requests.read_all(beyond, prefix=stream, subscribe=True), count=2)
    assert contents(subscription) == ["confirmation", "caught_up"]


async def test_reads_that_ask_for_nothing_are_refused_or_not_answered(calls: RawCalls, stream: str) -> None:
    start = (await positions(calls, stream))[0]
    for request, details in (
        (requests.read_stream(stream, count=0), FAILED),
        (requests.read_stream(stream, "end"), FAILED),
        (requests.read_all("end", prefix=stream), FILTERED),
        (requests.read_all(start, prefix=stream, multiplier=0, subscribe=True), FAILED),
    ):
        answer = await calls.call("Read", request)
        assert (answer.end.status, answer.end.details) == ("UNKNOWN", details)
    for request in (requests.read_all(count=0), requests.read_all(start, prefix=stream, window=0)):
        assert (await calls.call("Read", request, seconds=0.5)).end == OPEN
    answer = await calls.call("Read", requests.read_all(start, prefix=stream, window=None))
    assert answer.end.status == "INVALID_ARGUMENT"


async def test_an_empty_filter_matches_nothing(calls: RawCalls, stream: str) -> None:
    start = (await positions(calls, stream))[0]
    assert (await calls.call("Read", requests.read_all(start, prefix=""))).messages == []


async def test_a_read_of_a_stream_tells_its_last_revision(calls: RawCalls, stream: str) -> None:
    answer = await calls.call("Read", requests.read_stream(stream, count=1))
    assert contents(answer) == ["event", "last_stream_position"]
    assert answer.messages[-1].last_stream_position == 2
    beyond = await calls.call("Read", requests.read_stream(stream, 5))
    assert contents(beyond) == ["first_stream_position", "last_stream_position"]


async def test_caught_up_has_no_position(calls: RawCalls, stream: str) -> None:
    answer = await calls.call("Read", requests.read_all("end", prefix=stream, subscribe=True), count=2)
    assert not answer.messages[1].caught_up.HasField("position")


async def test_a_subscription_to_a_missing_stream_has_not_caught_up(calls: RawCalls) -> None:
    answer = await calls.call("Read", requests.read_stream(unique("answers"), subscribe=True), seconds=0.5)
    assert contents(answer) == ["confirmation"]


async def test_a_subscription_to_a_tombstoned_stream_is_refused_without_a_confirmation(
    calls: RawCalls, stream: str
) -> None:
    await calls.call("Tombstone", requests.tombstone(stream, "any"))
    answer = await calls.call("Read", requests.read_stream(stream, subscribe=True))
    assert (answer.messages, answer.end.status) == ([], "FAILED_PRECONDITION")
    assert dict(answer.end.trailers) == {"exception": "stream-deleted", "stream-name": stream}


async def test_a_subscription_shows_the_tombstone_and_ends(calls: RawCalls, stream: str) -> None:
    async with calls.subscription(requests.read_stream(stream, subscribe=True)) as subscription:
        await calls.call("Tombstone", requests.tombstone(stream, "any"))
        answer = await subscription.rest()
    assert [message.event.event.metadata["type"] for message in answer.messages] == ["$streamDeleted"]
    assert answer.end.status == "FAILED_PRECONDITION"


async def test_the_metadata_of_a_tombstoned_stream_are_deleted(calls: RawCalls, stream: str) -> None:
    await calls.call("Tombstone", requests.tombstone(stream, "any"))
    answer = await calls.call("Read", requests.read_stream(f"$${stream}"))
    assert answer.end.status == "FAILED_PRECONDITION"


async def test_an_append_to_a_deleted_stream_precedes_its_metadata(calls: RawCalls, stream: str) -> None:
    await calls.call("Delete", requests.delete(stream, 2))
    await calls.call("BatchAppend", requests.batch(stream, requests.events(1), "no_stream"), count=1)
    newest = await calls.call("Read", requests.read_all("end", backwards=True, regex=f"{stream}$", count=2))
    names = [message.event.event.stream_identifier.stream_name.decode() for message in newest.messages]
    assert names == [f"$${stream}", stream]


async def test_repeating_the_first_events_of_a_deleted_stream_has_no_position(calls: RawCalls) -> None:
    stream, new = unique("answers"), requests.events(2)
    await calls.call("BatchAppend", requests.batch(stream, new, "no_stream"), count=1)
    await calls.call("Delete", requests.delete(stream, 1))
    answer = await calls.call("BatchAppend", requests.batch(stream, new, "no_stream"), count=1)
    assert answer.messages[0].success.current_revision == 1
    assert answer.messages[0].success.WhichOneof("position_option") == "no_position"


async def test_another_content_type_than_json_comes_back_as_binary(calls: RawCalls) -> None:
    stream = unique("answers")
    await calls.call("BatchAppend", requests.batch(stream, requests.events(1), "any", content_type="text/x"), count=1)
    answer = await calls.call("Read", requests.read_stream(stream))
    assert answer.messages[0].event.event.metadata["content-type"] == "application/octet-stream"


async def test_metadata_that_are_no_json_are_accepted_and_have_no_effect(calls: RawCalls, stream: str) -> None:
    metadata = [(requests.events(1)[0][0], "$metadata", b"{")]
    answer = await calls.call("BatchAppend", requests.batch(f"$${stream}", metadata, "any"), count=1)
    assert answer.messages[0].WhichOneof("result") == "success"
    assert len(await positions(calls, stream)) == 3


async def test_a_subscription_whose_client_reads_too_slowly_ends(calls: RawCalls, stream: str) -> None:
    answer = await read_too_slowly(calls, stream, revision=2)
    assert (answer.end.status, "Consumer too slow" in answer.end.details) == ("ABORTED", True)
    assert len(answer.messages) < APPENDED


async def test_two_thousand_calls_at_once_wait_for_each_other_and_none_is_refused(calls: RawCalls) -> None:
    category = unique("answers")
    batches = [requests.batch(f"{category}-{number}", requests.events(1), "no_stream") for number in range(2000)]
    answers = await asyncio.gather(*(calls.call("BatchAppend", batch, count=1, seconds=30) for batch in batches))
    assert {answer.messages[0].WhichOneof("result") for answer in answers} == {"success"}
