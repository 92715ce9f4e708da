"""The statuses, texts and trailers with which EventStoreDB refuses calls."""

from collections.abc import Sequence
from typing import NoReturn

import grpc

from eventstoredb_test_server.appending import StreamDeleted
from eventstoredb_test_server.protocol import Context

MAX_APPEND_BYTES = 1024 * 1024
Trailers = Sequence[tuple[str, str]]


class CallRefused(Exception):
    """A call ends with a status."""

    def __init__(self, code: grpc.StatusCode, details: str, trailers: Trailers = ()) -> None:
        super().__init__(details)
        self.code, self.details, self.trailers = code, details, trailers


class BadRequest(ValueError):
    """A request that is not valid. The message says why."""


class MissingMetadata(BadRequest):
    """A required property of an event's protocol metadata is missing."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Required Metadata Property '{name}' is missing")


class AppendTooLarge(ValueError):
    """The data of an append exceed the maximum append size."""


class CommitTimeout(Exception):
    """An append was dropped without an answer, so its time ran out."""


async def end_call(context: Context, refused: CallRefused) -> NoReturn:
    """End a call with the status of a refusal."""
    await context.abort(refused.code, refused.details, tuple(refused.trailers))
    raise AssertionError("abort raises")


def unknown(details: str) -> CallRefused:
    """Return the refusal for an error that EventStoreDB has no status for."""
    return CallRefused(grpc.StatusCode.UNKNOWN, details)


def handler_failed() -> CallRefused:
    """Return the refusal for an exception in EventStoreDB itself."""
    return unknown("Exception was thrown by handler.")


def invalid_argument(details: str, trailers: Trailers = ()) -> CallRefused:
    """Return the refusal of a request that is not valid."""
    return CallRefused(grpc.StatusCode.INVALID_ARGUMENT, details, trailers)


def stream_deleted(stream: str) -> CallRefused:
    """Return the refusal for a tombstoned stream."""
    trailers = (("exception", "stream-deleted"), ("stream-name", stream))
    return CallRefused(grpc.StatusCode.FAILED_PRECONDITION, f"Event stream '{stream}' is deleted.", trailers)


def wrong_version_of_delete(stream: str, expected: int, current: int) -> CallRefused:
    """Return the refusal of a delete or tombstone at another version."""
    details = (
        f"Delete failed due to WrongExpectedVersion. Stream: {stream},"
        f" Expected version: {expected}, Actual version: {current}"
    )
    trailers = (
        ("exception", "wrong-expected-version"),
        ("stream-name", stream),
        ("expected-version", str(expected)),
        ("actual-version", str(current)),
    )
    return CallRefused(grpc.StatusCode.FAILED_PRECONDITION, details, trailers)


def append_refused(problem: Exception, stream: str) -> CallRefused:
    """Return the refusal of an `Append`, except for a wrong version: that is a response."""
    match problem:
        case StreamDeleted():
            return stream_deleted(stream)
        case AppendTooLarge():
            trailers = (
                ("exception", "maximum-append-size-exceeded"),
                ("maximum-append-size", str(MAX_APPEND_BYTES)),
            )
            return invalid_argument(f"Maximum Append Size of {MAX_APPEND_BYTES} Exceeded.", trailers)
        case MissingMetadata():
            trailers = (
                ("exception", "missing-required-metadata-property"),
                ("required-metadata-properties", "type,content-type"),
            )
            return invalid_argument(str(problem), trailers)
        case CommitTimeout():
            return CallRefused(grpc.StatusCode.ABORTED, "Operation timed out: the append was not committed")
        case _:
            return invalid_argument(str(problem))


def consumer_too_slow() -> CallRefused:
    """Return the end of a subscription whose client does not read fast enough."""
    details = "Consumer too slow to handle event while live. Client resubscription required."
    return CallRefused(grpc.StatusCode.ABORTED, f"Operation timed out: {details}")
