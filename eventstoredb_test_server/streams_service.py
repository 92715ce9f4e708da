"""The service `event_store.client.streams.Streams`."""

from collections.abc import AsyncIterator, Callable, Sequence
from sqlite3 import Connection
from typing import TypeVar

import grpc
from google.protobuf import empty_pb2
from google.protobuf.message import Message

from chassis.adapters.sqlite.database import Database
from eventstoredb_test_server import appending, messages, protocol
from eventstoredb_test_server.answers import answers
from eventstoredb_test_server.appending import Appended, Proposed, StreamDeleted, WrongVersion
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
from eventstoredb_test_server.reading import LOG, Reader

MAXIMUM_APPEND_BYTES = 1024 * 1024
T = TypeVar("T")


class StreamsService(StreamsServicer):
    """What EventStoreDB does with streams. A positive answer to an append means that it is on the disk."""

    def __init__(self, database: Database) -> None:
        self._database, self._reader = database, Reader(database)

    async def Read(self, request: ReadReq, context: Context) -> AsyncIterator[ReadResp]:  # noqa: N802
        """Read or follow a stream or the log."""
        try:
            async for message in answers(self._reader, request.options):
                yield message
        except StreamDeleted as gone:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, f"Event stream '{gone}' is deleted.")

    async def Append(self, request_iterator: AsyncIterator[AppendReq], context: Context) -> AppendResp:  # noqa: N802
        """Append the events of one call."""
        received = [request async for request in request_iterator]
        options, proposals = received[0].options, [request.proposed_message for request in received[1:]]
        expected = messages.expected_revision(options.WhichOneof("expected_stream_revision"), options.revision)
        try:
            events = messages.proposed(proposals)
            if _size(events) > MAXIMUM_APPEND_BYTES:
                raise ValueError(f"Maximum Append Size of {MAXIMUM_APPEND_BYTES} Exceeded.")
            return messages.append_succeeded(await self._append(options.stream_identifier, events, expected))
        except WrongVersion as wrong:
            return messages.append_refused(wrong.current)
        except StreamDeleted as gone:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, f"Event stream '{gone}' is deleted.")
        except ValueError as problem:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(problem))
        raise AssertionError("abort raises")

    async def BatchAppend(  # noqa: N802
        self, request_iterator: AsyncIterator[BatchAppendReq], context: Context
    ) -> AsyncIterator[BatchAppendResp]:
        """Append each batch of a call; a batch may come in several requests."""
        unfinished: dict[str, list[BatchAppendReq]] = {}
        async for request in request_iterator:
            parts = unfinished.setdefault(str(request.correlation_id), [])
            parts.append(request)
            if request.is_final:
                del unfinished[str(request.correlation_id)]
                yield await self._batch(parts)

    async def Delete(self, request: DeleteReq, context: Context) -> DeleteResp:  # noqa: N802
        """Delete a stream so that it can begin again."""
        position = await self._end_stream(appending.delete, request, context)
        return DeleteResp(position=DeleteResp.Position(commit_position=position, prepare_position=position))

    async def Tombstone(self, request: TombstoneReq, context: Context) -> TombstoneResp:  # noqa: N802
        """Delete a stream for ever."""
        position = await self._end_stream(appending.tombstone, request, context)
        return TombstoneResp(position=TombstoneResp.Position(commit_position=position, prepare_position=position))

    async def _batch(self, parts: Sequence[BatchAppendReq]) -> BatchAppendResp:
        first = parts[0]
        option = first.options.WhichOneof("expected_stream_position")
        expected = messages.expected_revision(option, first.options.stream_position)
        try:
            events = messages.proposed(message for part in parts for message in part.proposed_messages)
            if _size(events) > MAXIMUM_APPEND_BYTES:
                refusal = protocol.MaximumAppendSizeExceeded(maxAppendSize=MAXIMUM_APPEND_BYTES)
                return messages.batch_refused(first, refusal)
            appended = await self._append(first.options.stream_identifier, events, expected)
        except (WrongVersion, StreamDeleted, ValueError) as problem:
            return messages.batch_refused(first, _details(problem, first.options.stream_identifier))
        return messages.batch_succeeded(first, appended)

    async def _append(self, stream: protocol.StreamIdentifier, events: Sequence[Proposed], expected: int) -> Appended:
        name = stream.stream_name.decode()
        if not name:
            raise ValueError("a stream without a name")
        return await self._write(lambda connection: appending.append(connection, name, events, expected))

    async def _write(self, work: Callable[[Connection], T]) -> T:
        return await self._database.write(work, [LOG])

    async def _end_stream(
        self,
        how: Callable[[Connection, str, int], int],
        request: DeleteReq | TombstoneReq,
        context: Context,
    ) -> int:
        options = request.options
        stream = options.stream_identifier.stream_name.decode()
        expected = messages.expected_revision(options.WhichOneof("expected_stream_revision"), options.revision)
        try:
            return await self._write(lambda connection: how(connection, stream, expected))
        except StreamDeleted:
            reason = f"Event stream '{stream}' is deleted."
        except WrongVersion as wrong:
            reason = (
                f"Append failed due to WrongExpectedVersion. Stream: {stream},"
                f" Expected version: {expected}, Actual version: {wrong.current}"
            )
        await context.abort(grpc.StatusCode.FAILED_PRECONDITION, reason)
        raise AssertionError("abort raises")


def _size(events: Sequence[Proposed]) -> int:
    return sum(event.size for event in events)


def _details(problem: Exception, stream: protocol.StreamIdentifier) -> Message:
    if isinstance(problem, StreamDeleted):
        return protocol.StreamDeleted(stream_identifier=stream)
    if not isinstance(problem, WrongVersion):
        return protocol.BadRequest(message=str(problem))
    if problem.current < 0:
        return protocol.WrongExpectedVersion(current_no_stream=empty_pb2.Empty())
    return protocol.WrongExpectedVersion(current_stream_revision=problem.current)
