"""The gRPC server with the services `Streams`, `Gossip` and, on a server with users, `Users`."""

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import grpc
import grpc.aio

from chassis.adapters.sqlite.database import Database, opened
from eventstoredb_test_server.access import Access
from eventstoredb_test_server.appending import ANY, ProposedEvent, append
from eventstoredb_test_server.guarded_streams import GuardedStreamsService
from eventstoredb_test_server.protocol import (
    UUID,
    ClusterInfo,
    Context,
    Empty,
    EndPoint,
    GossipServicer,
    MemberInfo,
    StreamsServicer,
    add_gossip,
    add_streams,
)
from eventstoredb_test_server.streams_service import StreamsService
from eventstoredb_test_server.tables import SCHEMA, log_end
from eventstoredb_test_server.users_service import add_users

_OPTIONS = (
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", 16 * 1024 * 1024),
    ("grpc.max_concurrent_streams", 100),
    # gRPC counts calls that have ended and are not cleaned up yet too, and refuses new ones; EventStoreDB does not.
    ("grpc.http.overload_protection", 0),
    # Clients ping to find half-open connections; unlike EventStoreDB, gRPC's server by default refuses frequent pings.
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 100),
    ("grpc.http2.max_ping_strikes", 0),
)
_GRACE_SECONDS = 0.5


class GossipService(GossipServicer):
    """The service `event_store.client.gossip.Gossip` of a cluster of one."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def Read(self, request: Empty, context: Context) -> ClusterInfo:  # noqa: N802
        """Return the members of the cluster."""
        leader = MemberInfo(
            instance_id=UUID(string=str(uuid4())),
            state=MemberInfo.Leader,
            time_stamp=time.time_ns() // 100,
            is_alive=True,
            http_end_point=EndPoint(address="127.0.0.1", port=self._port),
        )
        return ClusterInfo(members=[leader])


@asynccontextmanager
async def running_server(
    port: int,
    file: Path,
    streams: Callable[[Database], StreamsServicer] = StreamsService,
    credentials: grpc.ServerCredentials | None = None,
    host: str = "127.0.0.1",
    admin_password: str | None = None,
) -> AsyncGenerator[None]:
    """Serve on an address; on exit, calls have half a second to finish, then they are cancelled.

    `streams`: the service, which tests of faults replace; `credentials`: for TLS; `admin_password`: for a server with
    users.
    """
    async with opened(file, SCHEMA) as database:
        await _initialize(database)
        server = grpc.aio.server(options=_OPTIONS)
        if admin_password is None:
            add_streams(streams(database), server)
        else:
            access = Access(database, admin_password)
            await access.prepare()
            add_streams(GuardedStreamsService(database, access), server)
            add_users(access, server)
        add_gossip(GossipService(port), server)
        if credentials is None:
            server.add_insecure_port(f"{host}:{port}")
        else:
            server.add_secure_port(f"{host}:{port}", credentials)
        await server.start()
        try:
            yield
        finally:
            await server.stop(_GRACE_SECONDS)


async def _initialize(database: Database) -> None:
    """Append the system event with which a new EventStoreDB database starts."""
    event = ProposedEvent(uuid4().bytes, "$metadata", "application/json", b'{"$maxAge":604800}', b"")
    if database.read_now(log_end) < 0:
        await database.write(lambda connection: append(connection, "$$$stats", [event], ANY))
