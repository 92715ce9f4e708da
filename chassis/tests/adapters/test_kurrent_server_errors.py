"""What the server refuses is told by a sentence that says what to do."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import grpc
import pytest
from google.protobuf import any_pb2, empty_pb2

from chassis.adapters.kurrent.event_store import kurrent_event_store
from chassis.adapters.sqlite.database import Database
from chassis.ports.event_store import END, NO_STREAM, StoreRefused, StoreUnavailable
from eventstoredb_test_server.protocol import BatchAppendReq, BatchAppendResp, Context, ReadReq, ReadResp, Status
from eventstoredb_test_server.server import running_server
from eventstoredb_test_server.streams_service import StreamsService
from testkit.conformance.samples import everything, new_events
from tests.servers.ports import free_port


class UnreadyStreams(StreamsService):
    """Answers appends as a server that starts, or a cluster that elects a leader."""

    def __init__(self, database: Database, reason: str) -> None:
        super().__init__(database)
        self._reason = reason

    async def BatchAppend(  # noqa: N802
        self, request_iterator: AsyncIterator[BatchAppendReq], context: Context
    ) -> AsyncIterator[BatchAppendResp]:
        request = await anext(aiter(request_iterator))
        details = any_pb2.Any()
        details.Pack(empty_pb2.Empty())
        yield BatchAppendResp(
            correlation_id=request.correlation_id, error=Status(message=self._reason, details=details)
        )


class DeniedStreams(StreamsService):
    """Denies reads of `$all`, as a new server does to everybody outside `$admins`."""

    async def Read(self, request: ReadReq, context: Context) -> AsyncIterator[ReadResp]:  # noqa: N802
        if request.options.WhichOneof("stream_option") == "all":
            await context.abort(grpc.StatusCode.PERMISSION_DENIED, "Access Denied")
        async for response in super().Read(request, context):
            yield response


class StreamsWithoutBatches(StreamsService):
    """Lacks `BatchAppend`, as old servers do."""

    async def BatchAppend(  # noqa: N802
        self, request_iterator: AsyncIterator[BatchAppendReq], context: Context
    ) -> AsyncIterator[BatchAppendResp]:
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "Service is unimplemented.")
        yield BatchAppendResp()


@pytest.mark.parametrize("reason", ["Server Is Not Ready", "Server Is Busy", "No leader info available in response"])
async def test_a_server_that_is_not_ready_is_told_as_that(tmp_path: Path, reason: str) -> None:
    uri = f"esdb://127.0.0.1:{(port := free_port())}?tls=false"
    streams = partial(UnreadyStreams, reason=reason)
    async with running_server(port, tmp_path / "events.db", streams), kurrent_event_store(uri) as store:
        with pytest.raises(StoreUnavailable, match="the server is not ready"):
            await store.append("job-1", new_events(1), NO_STREAM)


async def test_an_append_to_a_server_without_its_method_is_refused_with_the_setting(tmp_path: Path) -> None:
    uri = f"esdb://127.0.0.1:{(port := free_port())}?tls=false"
    async with running_server(port, tmp_path / "events.db", StreamsWithoutBatches), kurrent_event_store(uri) as store:
        with pytest.raises(StoreRefused, match=r"EVENTSTOREDB_URI: .*lacks a method"):
            await store.append("job-1", new_events(1), NO_STREAM)


async def test_a_user_without_the_right_to_the_log_learns_which_right_is_missing(tmp_path: Path) -> None:
    uri = f"esdb://127.0.0.1:{(port := free_port())}?tls=false"
    async with running_server(port, tmp_path / "events.db", DeniedStreams), kurrent_event_store(uri) as store:
        assert await store.last("job-1") is None
        with pytest.raises(StoreUnavailable, match=r"must .* read \$all"):
            await everything(store.read_all(END))
