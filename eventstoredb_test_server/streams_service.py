"""The service `event_store.client.streams.Streams`."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from sqlite3 import Connection
from typing import TypeVar

from chassis.adapters.sqlite.database import Database
from eventstoredb_test_server import append_errors, appending, conversions, refusals
from eventstoredb_test_server.appending import (
    NOTHING_APPENDED,
    AppendResult,
    ProposedEvent,
    StreamDeleted,
    WrongVersion,
)
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
    StreamIdentifier,
    StreamsServicer,
    TombstoneReq,
    TombstoneResp,
)
from eventstoredb_test_server.read_responses import read_responses
from eventstoredb_test_server.reading import LOG_CHANGED, Reader
from eventstoredb_test_server.refusals import AppendTooLarge, BadRequest, CallRefused, CommitTimeout

COMMIT_TIMEOUT_SECONDS = 2.0
T = TypeVar("T")


class StreamsService(StreamsServicer):
    """The RPCs on streams. A successful append is on disk before the response is sent.

    `answer_seconds`: time between storing and answering an append, in which a real server indexes and replicates it.
    """

    def __init__(self, database: Database, answer_seconds: float = 0.0) -> None:
        self._database, self._reader, self._answer_seconds = database, Reader(database), answer_seconds
        self._unanswered: set[tuple[str, bytes]] = set()

    async def Read(self, request: ReadReq, context: Context) -> AsyncIterator[ReadResp]:  # noqa: N802
        """Read a stream or `$all`, or subscribe to it."""
        try:
            async for message in read_responses(self._reader, request.options):
                yield message
        except StreamDeleted as deleted:
            await refusals.end_call(context, refusals.stream_deleted(str(deleted)))
        except CallRefused as refused:
            await refusals.end_call(context, refused)

    async def Append(self, request_iterator: AsyncIterator[AppendReq], context: Context) -> AppendResp:  # noqa: N802
        """Append the events of one call, all or none."""
        received = [request async for request in request_iterator]
        options, proposals = received[0].options, [request.proposed_message for request in received[1:]]
        expected, stream = 0, name_of(options.stream_identifier)
        try:
            expected = conversions.expected_revision(options.WhichOneof("expected_stream_revision"), options.revision)
            return conversions.append_succeeded(
                await self._append(stream, conversions.proposed_events(proposals), expected)
            )
        except WrongVersion as wrong:
            return append_errors.append_wrong_version(expected, wrong.current)
        except (StreamDeleted, ValueError, CommitTimeout) as problem:
            return await refusals.end_call(context, refusals.append_refused(problem, stream))

    async def BatchAppend(  # noqa: N802
        self, request_iterator: AsyncIterator[BatchAppendReq], context: Context
    ) -> AsyncIterator[BatchAppendResp]:
        """Append each batch of a call; a batch may span several requests.

        After a refusal the call stays open until the client cancels it. On a real server that is a race: the call ends
        only if the client's half-close arrived before the answer was written, and a refusal is often quicker.
        """
        unfinished: dict[str, list[BatchAppendReq]] = {}
        is_refused = False
        async for request in request_iterator:
            requests = unfinished.setdefault(str(request.correlation_id), [])
            requests.append(request)
            if request.is_final:
                del unfinished[str(request.correlation_id)]
                response = await self._batch(requests)
                is_refused |= response.WhichOneof("result") == "error"
                yield response
        if is_refused:
            await asyncio.Event().wait()

    async def Delete(self, request: DeleteReq, context: Context) -> DeleteResp:  # noqa: N802
        """Soft-delete a stream: a later append recreates it."""
        position = await self._delete_stream(appending.delete, request, context)
        return DeleteResp(position=DeleteResp.Position(commit_position=position, prepare_position=position))

    async def Tombstone(self, request: TombstoneReq, context: Context) -> TombstoneResp:  # noqa: N802
        """Tombstone a stream: it can never be used again."""
        position = await self._delete_stream(appending.tombstone, request, context)
        return TombstoneResp(position=TombstoneResp.Position(commit_position=position, prepare_position=position))

    async def _batch(self, requests: Sequence[BatchAppendReq]) -> BatchAppendResp:
        first, expected = requests[0], 0
        options = first.options
        try:
            expected = conversions.expected_revision(
                options.WhichOneof("expected_stream_position"), options.stream_position
            )
            if options.HasField("deadline") and options.deadline.ToTimedelta().total_seconds() <= 0:
                raise CommitTimeout
            events = conversions.proposed_events(
                message for request in requests for message in request.proposed_messages
            )
            appended = await self._append(name_of(options.stream_identifier), events, expected)
        except (WrongVersion, StreamDeleted, ValueError, CommitTimeout) as problem:
            error = append_errors.batch_error(problem, options.stream_identifier, expected)
            return conversions.batch_failed(first, error)
        return conversions.batch_succeeded(first, appended)

    async def _append(self, stream: str, events: Sequence[ProposedEvent], expected: int) -> AppendResult:
        if stream in ("", "$$"):
            raise BadRequest("a stream without a name")
        if sum(len(event.data) for event in events) > refusals.MAX_APPEND_BYTES:
            raise AppendTooLarge
        if not events:
            return NOTHING_APPENDED
        return await self._append_unless_under_way(stream, events, expected)

    async def _append_unless_under_way(
        self, stream: str, events: Sequence[ProposedEvent], expected: int
    ) -> AppendResult:
        """Append; drop a repetition of an append that is not answered yet, as EventStoreDB does."""
        keys = {(stream, event.id) for event in events}
        is_under_way, new = not self._unanswered.isdisjoint(keys), keys - self._unanswered
        self._unanswered |= new
        try:
            appended = await self._write(lambda connection: appending.append(connection, stream, events, expected))
            if appended.is_repeated and is_under_way:
                await asyncio.sleep(COMMIT_TIMEOUT_SECONDS)
                raise CommitTimeout
            await asyncio.sleep(self._answer_seconds)
        finally:
            self._unanswered -= new
        return appended

    async def _write(self, work: Callable[[Connection], T]) -> T:
        return await self._database.write(work, [LOG_CHANGED])

    async def _delete_stream(
        self,
        delete: Callable[[Connection, str, int], int],
        request: DeleteReq | TombstoneReq,
        context: Context,
    ) -> int:
        options = request.options
        expected, stream = 0, name_of(options.stream_identifier)
        try:
            expected = conversions.expected_revision(options.WhichOneof("expected_stream_revision"), options.revision)
            return await self._write(lambda connection: delete(connection, stream, expected))
        except StreamDeleted:
            refused = refusals.stream_deleted(stream)
        except WrongVersion as wrong:
            refused = refusals.wrong_version_of_delete(stream, expected, wrong.current)
        except BadRequest as problem:
            refused = refusals.invalid_argument(str(problem))
        return await refusals.end_call(context, refused)


def name_of(stream: StreamIdentifier) -> str:
    """Return the name of a stream in a request."""
    return stream.stream_name.decode()
