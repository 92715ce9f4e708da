"""A client connection to EventStoreDB / KurrentDB: opened on first use, replaced when it breaks, with timeouts."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar
from urllib.parse import unquote
from uuid import UUID

import grpc
import grpc.aio
from kurrentdbclient import AsyncKurrentDBClient
from kurrentdbclient.exceptions import DeadlineExceededError, KurrentDBClientError, ProgrammingError

from chassis.adapters.kurrent.connection_string import InvalidConnectionString, validate
from chassis.adapters.kurrent.errors import store_unavailable
from chassis.ports.event_store import StoreUnavailable

T = TypeVar("T")
_DEFAULT_TIMEOUT_SECONDS = 5.0
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


class _Client(AsyncKurrentDBClient):
    """The driver's client, with percent-decoding of the username and password, as in any URI."""

    def construct_call_credentials(self, username: str | None, password: str | None) -> grpc.CallCredentials | None:
        return super().construct_call_credentials(unquote(username or ""), unquote(password or ""))


class Connection:
    """One client of one server or cluster.

    `timeout_seconds` is the timeout of one request: `defaultDeadline` of the connection string, 5 without one.
    """

    def __init__(self, uri: str) -> None:
        validate(uri)
        self._client = _client(uri)
        self.timeout_seconds = float(self._client.connection_spec.options.default_deadline or _DEFAULT_TIMEOUT_SECONDS)
        self._tasks: set[asyncio.Task[Any]] = set()
        self.is_closed = False

    async def call(
        self, request: Callable[[AsyncKurrentDBClient], Awaitable[T]], timeout_seconds: float | None = None
    ) -> T:
        """Call the server. Raises `StoreUnavailable`, also after the timeout (default: three request timeouts).

        The timeout includes the driver's retries and its discovery of the leader.
        """
        async with self.errors_translated(), asyncio.timeout(timeout_seconds or 3 * self.timeout_seconds):
            response = await request(self._client)
        _raise_if_cancelled()
        return response

    @asynccontextmanager
    async def errors_translated(self) -> AsyncGenerator[None]:
        """Raise the driver's errors as `StoreUnavailable`; after a timeout, replace the connection."""
        if self.is_closed:
            raise StoreUnavailable("event store: closed")
        connection = self._connection_id()
        try:
            yield
        except (KurrentDBClientError, ProgrammingError, grpc.RpcError, TimeoutError) as problem:
            if isinstance(problem, (DeadlineExceededError, TimeoutError)):
                await self._replace(connection)
            raise store_unavailable(problem) from None
        except (AttributeError, grpc.aio.UsageError):
            # The driver raises these when it is closed during a call.
            if not self.is_closed:
                raise
            raise StoreUnavailable("event store: closed") from None

    def start(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Start a task that is cancelled when the connection is closed."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """Cancel the started tasks, then close the connection."""
        self.is_closed = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._connection_id() is not None:
            with suppress(KurrentDBClientError):  # the error of a call that was cancelled
                await self._client.close()

    async def _replace(self, connection: UUID | None) -> None:
        """Replace a connection that may be half open; the old one is closed in the background, because it is slow."""
        if connection is not None and not self.is_closed:
            self.start(self._reconnect(connection))
            await asyncio.sleep(0)  # lets the task start, so that the next call uses the new connection

    async def _reconnect(self, connection: UUID) -> None:
        with suppress(KurrentDBClientError):  # the next call raises it again
            await self._client.reconnect(connection_id=connection)

    def _connection_id(self) -> UUID | None:
        try:
            return self._client.connection.connection_id
        except (ProgrammingError, AttributeError):
            return None


def _client(uri: str) -> AsyncKurrentDBClient:
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


def _raise_if_cancelled() -> None:
    """Raise a cancellation that the driver swallowed while it closed a call."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
