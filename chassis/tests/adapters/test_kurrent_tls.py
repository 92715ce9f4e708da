"""TLS, and the credentials of the connection string."""

from base64 import b64encode
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

import grpc
import pytest

from chassis.adapters.kurrent.event_store import kurrent_event_store
from chassis.ports.event_store import NO_STREAM, StoreUnavailable
from eventstoredb_test_server.protocol import BatchAppendReq, BatchAppendResp, Context
from eventstoredb_test_server.server import running_server
from eventstoredb_test_server.streams_service import StreamsService
from testkit.conformance.samples import new_events
from tests.servers.certificates import self_signed_certificate
from tests.servers.ports import free_port

PASSWORD = "p@ss/w:rd%"


class GuardedStreams(StreamsService):
    """Accepts appends of one user only."""

    async def BatchAppend(  # noqa: N802
        self, request_iterator: AsyncIterator[BatchAppendReq], context: Context
    ) -> AsyncIterator[BatchAppendResp]:
        expected = "Basic " + b64encode(f"admin:{PASSWORD}".encode()).decode()
        if dict(context.invocation_metadata() or ()).get("authorization") != expected:
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "")
        async for answer in super().BatchAppend(request_iterator, context):
            yield answer


@pytest.fixture
async def port(tmp_path: Path) -> AsyncGenerator[int]:
    """The port of a server with TLS."""
    port = free_port()
    files = self_signed_certificate(tmp_path)
    credentials = grpc.ssl_server_credentials([(files.key.read_bytes(), files.certificate.read_bytes())])
    async with running_server(port, tmp_path / "events.db", GuardedStreams, credentials):
        yield port


async def test_the_credentials_of_the_connection_string_are_sent_over_tls(port: int, tmp_path: Path) -> None:
    uri = f"esdb://admin:p%40ss%2Fw:rd%25@127.0.0.1:{port}?tlsCaFile={tmp_path / 'ca.pem'}"
    async with kurrent_event_store(uri) as store:
        assert await store.append("job-1", new_events(1), NO_STREAM) == 0
        assert len(await store.read("job-1")) == 1


async def test_a_wrong_password_is_reported_without_quoting_it(port: int, tmp_path: Path) -> None:
    uri = f"esdb://admin:s3cret@127.0.0.1:{port}?tlsCaFile={tmp_path / 'ca.pem'}"
    async with kurrent_event_store(uri) as store:
        with pytest.raises(StoreUnavailable, match="password") as caught:
            await store.append("job-1", new_events(1), NO_STREAM)
    assert "s3cret" not in repr(caught.value)


async def test_a_server_with_an_unknown_certificate_authority_is_refused(port: int) -> None:
    async with kurrent_event_store(f"esdb://admin:s3cret@127.0.0.1:{port}") as store:
        with pytest.raises(StoreUnavailable, match="TLS") as caught:
            await store.append("job-1", new_events(1), NO_STREAM)
    assert "s3cret" not in repr(caught.value)
