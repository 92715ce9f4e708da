"""The service `event_store.client.streams.Streams`."""

from collections.abc import AsyncIterator, Callable, Sequence
from sqlite3 import Connection
from typing import TypeVar

import grpc
from google.protobuf import empty_pb2
from google.protobuf.message import Message

from chassis.adapters.sqlite.database import Database
from eventstoredb_test_server import appending, conversions, protocol
from eventstoredb_test_server.appending import AppendResult, ProposedEvent, StreamDeleted, WrongVersion
from eventstoredb_test_server.protocol import (
    AppendReq,
    AppendResp,
    BatchAppendReq,
    BatchAppendResp,
    Context,
    DeleteReq,
    DeleteResp,
    ReadReq,
    ReadResp,
    StreamsServicer,
    TombstoneReq,
    TombstoneResp,
)
from eventstoredb_test_server.read_responses import read_responses
from eventstoredb_test_server.reading import LOG_CHANGED, Reader

MAX_APPEND_BYTES = 1024 * 1024
T = TypeVar("T")


class StreamsService(StreamsServicer):
    """The RPCs on streams. A successful append is on disk before the response is sent."""

    def __init__(self, database: Database) -> None:
        self._database, self._reader = database, Reader(database)

    async def Read(self, request: ReadReq, context: Context) -> AsyncIterator[ReadResp]:  # noqa: N802
        """Read a stream or `$all`, or subscribe to it."""
        try:
            async for message in read_responses(self._reader, request.options):
                yield message
        except StreamDeleted as deleted:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, f"Event stream '{deleted}' is deleted.")

    async def Append(self, request_iterator: AsyncIterator[AppendReq], context: Context) -> AppendResp:  # noqa: N802
        """Append the events of one call, all or none."""
        received = [request async for request in request_iterator]
        options, proposals = received[0].options, [request.proposed_message for request in received[1:]]
        expected = conversions.expected_revision(options.WhichOneof("expected_stream_revision"), options.revision)
        try:
            events = conversions.proposed_events(proposals)
            if _size(events) > MAX_APPEND_BYTES:
                raise ValueError(f"Maximum Append Size of {MAX_APPEND_BYTES} Exceeded.")
            return conversions.append_succeeded(await self._append(options.stream_identifier, events, expected))
        except WrongVersion as wrong:
            return conversions.append_wrong_version(wrong.current)
        except StreamDeleted as deleted:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, f"Event stream '{deleted}' is deleted.")
        except ValueError as problem:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(problem))
        raise AssertionError("abort raises")

    async def BatchAppend(  # noqa: N802
        self, request_iterator: AsyncIterator[BatchAppendReq], context: Context
    ) -> AsyncIterator[BatchAppendResp]:
        """Append each batch of a call; a batch may span several requests."""
        unfinished: dict[str, list[BatchAppendReq]] = {}
        async for request in request_iterator:
            requests = unfinished.setdefault(str(request.correlation_id), [])
            requests.append(request)
            if request.is_final:
                del unfinished[str(request.correlation_id)]
                yield await self._batch(requests)

    async def Delete(self, request: DeleteReq, context: Context) -> DeleteResp:  # noqa: N802
        """Soft-delete a stream: a later append recreates it."""
        position = await self._delete_stream(appending.delete, request, context)
        return DeleteResp(position=DeleteResp.Position(commit_position=position, prepare_position=position))

    async def Tombstone(self, request: TombstoneReq, context: Context) -> TombstoneResp:  # noqa: N802
        """Tombstone a stream: it can never be used again."""
        position = await self._delete_stream(appending.tombstone, request, context)
        return TombstoneResp(position=TombstoneResp.Position(commit_position=position, prepare_position=position))

    async def _batch(self, requests: Sequence[BatchAppendReq]) -> BatchAppendResp:
        first = requests[0]
        option = first.options.WhichOneof("expected_stream_position")
        expected = conversions.expected_revision(option, first.options.stream_position)
        try:
            events = conversions.proposed_events(
                message for request in requests for message in request.proposed_messages
            )
            if _size(events) > MAX_APPEND_BYTES:
                error = protocol.MaximumAppendSizeExceeded(maxAppendSize=MAX_APPEND_BYTES)
                return conversions.batch_failed(first, error)
            appended = await self._append(first.options.stream_identifier, events, expected)
        except (WrongVersion, StreamDeleted, ValueError) as problem:
            return conversions.batch_failed(first, _error_details(problem, first.options.stream_identifier))
        return conversions.batch_succeeded(first, appended)

    async def _append(
        self, stream: protocol.StreamIdentifier, events: Sequence[ProposedEvent], expected: int
    ) -> AppendResult:
        name = stream.stream_name.decode()
        if not name:
            raise ValueError("a stream without a name")
        return await self._write(lambda connection: appending.append(connection, name, events, expected))

    async def _write(self, work: Callable[[Connection], T]) -> T:
        return await self._database.write(work, [LOG_CHANGED])

    async def _delete_stream(
        self,
        delete: Callable[[Connection, str, int], int],
        request: DeleteReq | TombstoneReq,
        context: Context,
    ) -> int:
        options = request.options
        stream = options.stream_identifier.stream_name.decode()
        expected = conversions.expected_revision(options.WhichOneof("expected_stream_revision"), options.revision)
        try:
            return await self._write(lambda connection: delete(connection, stream, expected))
        except StreamDeleted:
            reason = f"Event stream '{stream}' is deleted."
        except WrongVersion as wrong:
            reason = (
                f"Append failed due to WrongExpectedVersion. Stream: {stream},"
                f" Expected version: {expected}, Actual version: {wrong.current}"
            )
        await context.abort(grpc.StatusCode.FAILED_PRECONDITION, reason)
        raise AssertionError("abort raises")


def _size(events: Sequence[ProposedEvent]) -> int:
    return sum(event.size for event in events)


def _error_details(problem: Exception, stream: protocol.StreamIdentifier) -> Message:
    if isinstance(problem, StreamDeleted):
        return protocol.StreamDeleted(stream_identifier=stream)
    if not isinstance(problem, WrongVersion):
        return protocol.BadRequest(message=str(problem))
    if problem.current < 0:
        return protocol.WrongExpectedVersion(current_no_stream=empty_pb2.Empty())
    return protocol.WrongExpectedVersion(current_stream_revision=problem.current)
