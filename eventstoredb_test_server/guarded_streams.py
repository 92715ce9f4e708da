"""The service `event_store.client.streams.Streams` of a server with users: it checks the rights of the caller."""

from collections.abc import AsyncIterator

from chassis.adapters.sqlite.database import Database
from eventstoredb_test_server import refusals
from eventstoredb_test_server.access import ALL_STREAMS, Access
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
    TombstoneReq,
    TombstoneResp,
)
from eventstoredb_test_server.refusals import CallRefused
from eventstoredb_test_server.streams_service import StreamsService, name_of


class GuardedStreamsService(StreamsService):
    """The RPCs on streams, for callers with the right to them."""

    def __init__(self, database: Database, access: Access) -> None:
        super().__init__(database)
        self._access = access

    async def Read(self, request: ReadReq, context: Context) -> AsyncIterator[ReadResp]:  # noqa: N802
        """Read what the caller may read."""
        options = request.options
        is_stream = options.WhichOneof("stream_option") == "stream"
        stream = name_of(options.stream.stream_identifier) if is_stream else ALL_STREAMS
        await self._demand(context, stream, "$r")
        async for message in super().Read(request, context):
            yield message

    async def Append(self, request_iterator: AsyncIterator[AppendReq], context: Context) -> AppendResp:  # noqa: N802
        """Append where the caller may write."""
        received = [request async for request in request_iterator]
        await self._demand(context, name_of(received[0].options.stream_identifier), "$w")
        return await super().Append(_again(received), context)

    async def BatchAppend(  # noqa: N802
        self, request_iterator: AsyncIterator[BatchAppendReq], context: Context
    ) -> AsyncIterator[BatchAppendResp]:
        """Append where the caller may write."""
        async for response in super().BatchAppend(self._permitted(request_iterator, context), context):
            yield response

    async def Delete(self, request: DeleteReq, context: Context) -> DeleteResp:  # noqa: N802
        """Delete where the caller may."""
        await self._demand(context, name_of(request.options.stream_identifier), "$d")
        return await super().Delete(request, context)

    async def Tombstone(self, request: TombstoneReq, context: Context) -> TombstoneResp:  # noqa: N802
        """Tombstone where the caller may."""
        await self._demand(context, name_of(request.options.stream_identifier), "$d")
        return await super().Tombstone(request, context)

    async def _permitted(
        self, requests: AsyncIterator[BatchAppendReq], context: Context
    ) -> AsyncIterator[BatchAppendReq]:
        async for request in requests:
            if request.HasField("options"):
                await self._demand(context, name_of(request.options.stream_identifier), "$w")
            yield request

    async def _demand(self, context: Context, stream: str, right: str) -> None:
        try:
            self._access.demand(context, stream, right)
        except CallRefused as refused:
            await refusals.end_call(context, refused)


async def _again(requests: list[AppendReq]) -> AsyncIterator[AppendReq]:
    for request in requests:
        yield request
