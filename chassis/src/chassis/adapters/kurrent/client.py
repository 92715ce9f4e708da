"""The driver's client, with what the driver lacks: percent-decoding, quick reconnects, the end of refused appends."""

import ssl
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import grpc
from kurrentdbclient import AsyncKurrentDBClient, NewEvent, StreamState
from kurrentdbclient.common import GrpcOptions, handle_rpc_error
from kurrentdbclient.connection import AsyncKurrentDBConnection
from kurrentdbclient.exceptions import KurrentDBClientError
from kurrentdbclient.streams import AsyncStreamsService

from chassis.adapters.kurrent.connection_string import InvalidConnectionString

_CHANNEL_OPTIONS = {
    # Keepalive pings detect half-open connections; the connection string may set other intervals.
    "grpc.keepalive_time_ms": 5000,
    "grpc.keepalive_timeout_ms": 5000,
    "grpc.http2.ping_timeout_ms": 5000,
    # A subscription may be silent for hours; by default gRPC stops pinging after two pings without data.
    "grpc.http2.max_pings_without_data": 0,
    # Reconnect within a second of the server's return. By default the backoff grows up to two minutes, and a new
    # channel shares it with the old one.
    "grpc.initial_reconnect_backoff_ms": 200,
    "grpc.max_reconnect_backoff_ms": 1000,
    "grpc.use_local_subchannel_pool": 1,
}


def opened_client(uri: str) -> AsyncKurrentDBClient:
    """Return a client of a validated connection string. Raises `InvalidConnectionString`."""
    try:
        client = _Client(uri)
        if ca_file := client.connection_spec.options.tls_ca_file:
            ssl.create_default_context(cafile=ca_file)
    except ssl.SSLError:
        raise InvalidConnectionString("tlsCaFile contains no certificate") from None
    except OSError as problem:
        raise InvalidConnectionString(f"one of its files can't be read: {problem.strerror}") from None
    except ValueError:
        raise InvalidConnectionString("not a connection string: esdb://user:password@host:2113?options") from None
    client.grpc_options = tuple((_CHANNEL_OPTIONS | dict(client.grpc_options)).items())
    return client


class _Streams(AsyncStreamsService):
    def __init__(self, service: AsyncStreamsService) -> None:
        """Take the place of the driver's service, on the same channel."""
        vars(self).update(vars(service))

    async def batch_append(
        self,
        stream_name: str,
        current_version: int | StreamState,
        events: Iterable[NewEvent],
        timeout: float | None = None,  # noqa: ASYNC109  (the driver's signature)
        metadata: Any = None,
        credentials: grpc.CallCredentials | None = None,
    ) -> int:
        """Append as the driver does, and end the call after a refusal too.

        A server ends it only if the client's half-close came before its answer. Otherwise the call stays open, and 100
        open calls block a connection.
        """
        request = self._construct_batch_append_req(stream_name, current_version, events, uuid4(), timeout)
        stub: Any = self._stub  # pyright: ignore[reportUnknownMemberType]
        call = stub.BatchAppend(
            iter([request]),
            timeout=timeout,
            metadata=self._metadata(metadata, requires_leader=True),  # pyright: ignore[reportUnknownMemberType]
            credentials=credentials,
        )
        try:
            async for response in call:
                return self._convert_batch_append_resp(response, stream_name, current_version)
        except grpc.RpcError as problem:
            raise handle_rpc_error(problem) from None
        finally:
            call.cancel()
        raise KurrentDBClientError("the server ended an append without an answer")


class _Client(AsyncKurrentDBClient):
    def construct_call_credentials(self, username: str | None, password: str | None) -> grpc.CallCredentials | None:
        """Return the credentials, with percent-decoding of user and password, as in any URI."""
        return super().construct_call_credentials(unquote(username or ""), unquote(password or ""))

    def _construct_esdb_connection(self, grpc_target: str, grpc_options: GrpcOptions = ()) -> AsyncKurrentDBConnection:
        connection = super()._construct_esdb_connection(grpc_target, grpc_options)
        connection.streams = _Streams(connection.streams)
        return connection
