"""Requests of EventStoreDB's gRPC protocol."""

from collections.abc import Iterable, Sequence
from typing import Literal
from uuid import UUID, uuid4

from eventstoredb_test_server.protocol import (
    UUID as ID,
)
from eventstoredb_test_server.protocol import AppendReq, BatchAppendReq, DeleteReq, ReadReq, TombstoneReq

Expected = int | Literal["any", "no_stream", "stream_exists"] | None
Start = int | Literal["start", "end"]
Event = tuple[UUID, str, bytes]
"""Id, type and data."""


def events(count: int, size: int = 2) -> list[Event]:
    """Return events with new ids."""
    return [(uuid4(), "compared", b"1" * size) for _ in range(count)]


def batch(
    stream: str,
    new: Sequence[Event],
    expected: Expected,
    *,
    content_type: str | None = "application/json",
    deadline: int = 60,
) -> list[BatchAppendReq]:
    """Return the requests of a `BatchAppend` with one batch."""
    options = BatchAppendReq.Options()
    options.stream_identifier.stream_name = stream.encode()
    options.deadline.seconds = deadline
    if isinstance(expected, int):
        options.stream_position = expected
    elif expected is not None:
        getattr(options, expected).SetInParent()
    messages = [
        BatchAppendReq.ProposedMessage(id=_id(event_id), metadata=_metadata(event_type, content_type), data=data)
        for event_id, event_type, data in new
    ]
    return [BatchAppendReq(correlation_id=_id(uuid4()), options=options, proposed_messages=messages, is_final=True)]


def append(stream: str, new: Sequence[Event], expected: Expected) -> Iterable[AppendReq]:
    """Return the requests of an `Append`."""
    options = AppendReq.Options()
    options.stream_identifier.stream_name = stream.encode()
    if isinstance(expected, int):
        options.revision = expected
    elif expected is not None:
        getattr(options, expected).SetInParent()
    messages = [
        AppendReq.ProposedMessage(id=_id(event_id), metadata=_metadata(event_type, "application/json"), data=data)
        for event_id, event_type, data in new
    ]
    return [AppendReq(options=options), *(AppendReq(proposed_message=message) for message in messages)]


def delete(stream: str, expected: Expected) -> DeleteReq:
    """Return a soft delete."""
    request = DeleteReq()
    _fill(request.options, stream, expected)
    return request


def tombstone(stream: str, expected: Expected) -> TombstoneReq:
    """Return a tombstone."""
    request = TombstoneReq()
    _fill(request.options, stream, expected)
    return request


def read_stream(
    stream: str, start: Start = "start", *, count: int = 100, backwards: bool = False, subscribe: bool = False
) -> ReadReq:
    """Return a read of a stream, or a subscription to it."""
    request = _read(count, backwards=backwards, subscribe=subscribe)
    request.options.stream.stream_identifier.stream_name = stream.encode()
    if isinstance(start, int):
        request.options.stream.revision = start
    else:
        getattr(request.options.stream, start).SetInParent()
    request.options.no_filter.SetInParent()
    return request


def read_all(
    start: Start = "start",
    *,
    count: int = 100,
    backwards: bool = False,
    subscribe: bool = False,
    prefix: str | None = None,
    regex: str = "",
    window: int | None = 100,
    multiplier: int = 1,
) -> ReadReq:
    """Return a read of `$all`, or a subscription to it; a prefix or an expression filters by stream name."""
    request = _read(count, backwards=backwards, subscribe=subscribe)
    if isinstance(start, int):
        request.options.all.position.commit_position = request.options.all.position.prepare_position = start
    else:
        getattr(request.options.all, start).SetInParent()
    if prefix is None and not regex:
        request.options.no_filter.SetInParent()
        return request
    wanted = request.options.filter
    wanted.stream_identifier.regex = regex
    wanted.stream_identifier.prefix.extend([] if prefix is None else [prefix])
    wanted.checkpointIntervalMultiplier = multiplier
    if window is not None:
        wanted.max = window
    return request


def _read(count: int, *, backwards: bool, subscribe: bool) -> ReadReq:
    request = ReadReq()
    request.options.read_direction = ReadReq.Options.Backwards if backwards else ReadReq.Options.Forwards
    request.options.uuid_option.string.SetInParent()
    request.options.control_option.compatibility = 1
    if subscribe:
        request.options.subscription.SetInParent()
    else:
        request.options.count = count
    return request


def _fill(options: DeleteReq.Options | TombstoneReq.Options, stream: str, expected: Expected) -> None:
    options.stream_identifier.stream_name = stream.encode()
    if isinstance(expected, int):
        options.revision = expected
    elif expected is not None:
        getattr(options, expected).SetInParent()


def _metadata(event_type: str, content_type: str | None) -> dict[str, str]:
    return {"type": event_type} | ({} if content_type is None else {"content-type": content_type})


def _id(identity: UUID) -> ID:
    return ID(string=str(identity))
