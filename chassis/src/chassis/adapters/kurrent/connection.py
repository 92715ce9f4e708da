"""The connection to EventStoreDB / KurrentDB: made when it is needed, mended when it breaks, never waited for long."""

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

from chassis.adapters.kurrent.connection_string import RefusedConnectionString, check
from chassis.adapters.kurrent.errors import unavailable
from chassis.ports.event_store import StoreUnavailable

T = TypeVar("T")
_ANSWER_SECONDS = 5.0
_CHANNEL_OPTIONS = {
    # Half-open connections are found by pings, unless the connection string says how often.
    "grpc.keepalive_time_ms": 5000,
    "grpc.keepalive_timeout_ms": 5000,
    "grpc.http2.ping_timeout_ms": 5000,
    # A subscription may be silent for hours; without this gRPC stops pinging after two pings.
    "grpc.http2.max_pings_without_data": 0,
    # A server that is back is found within a second, not after a pause that doubles up to two minutes and that a
    # new channel shares with the old one.
    "grpc.initial_reconnect_backoff_ms": 200,
    "grpc.max_reconnect_backoff_ms": 1000,
    "grpc.use_local_subchannel_pool": 1,
}


class _Client(AsyncKurrentDBClient):
    """The driver, but user and password may be percent-encoded, as in any URI."""

    def construct_call_credentials(self, username: str | None, password: str | None) -> grpc.CallCredentials | None:
        return super().construct_call_credentials(unquote(username or ""), unquote(password or ""))


class Connection:
    """One client of one server or cluster. `seconds` is how long an answer may take (`defaultDeadline` in the URI)."""

    def __init__(self, uri: str) -> None:
        check(uri)
        self._client = _client(uri)
        self.seconds = float(self._client.connection_spec.options.default_deadline or _ANSWER_SECONDS)
        self._tasks: set[asyncio.Task[Any]] = set()
        self.is_closed = False

    async def ask(self, question: Callable[[AsyncKurrentDBClient], Awaitable[T]], within: float | None = None) -> T:
        """Ask the server. Raises `StoreUnavailable`, for no answer in time too.

        `within` bounds everything, the driver's own repetitions and the search for the leader too.
        """
        async with self.translated(), asyncio.timeout(within or 3 * self.seconds):
            answer = await question(self._client)
        _go_on_unless_cancelled()
        return answer

    @asynccontextmanager
    async def translated(self) -> AsyncGenerator[None]:
        """Raise what the driver raises inside as a `StoreUnavailable`, and mend what seems to be half open."""
        if self.is_closed:
            raise StoreUnavailable("event store: closed")
        connection = self._connection_id()
        try:
            yield
        except (KurrentDBClientError, ProgrammingError, grpc.RpcError, TimeoutError) as problem:
            if isinstance(problem, (DeadlineExceededError, TimeoutError)):
                await self._mend(connection)
            raise unavailable(problem) from None
        except (AttributeError, grpc.aio.UsageError):
            # So the driver fails when it is closed during a call.
            if not self.is_closed:
                raise
            raise StoreUnavailable("event store: closed") from None

    def start(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Begin what must not outlive the connection."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """End what was started, then the connection."""
        self.is_closed = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._connection_id() is not None:
            with suppress(KurrentDBClientError):  # how a call ended that nobody waits for any more
                await self._client.close()

    async def _mend(self, broken: UUID | None) -> None:
        """Replace a connection that may be half open; the old one is closed in the background, as that takes long."""
        if broken is not None and not self.is_closed:
            self.start(self._reconnected(broken))
            await asyncio.sleep(0)  # so that whoever asks next finds the new one

    async def _reconnected(self, broken: UUID) -> None:
        with suppress(KurrentDBClientError):  # whoever asks next is told
            await self._client.reconnect(connection_id=broken)

    def _connection_id(self) -> UUID | None:
        try:
            return self._client.connection.connection_id
        except (ProgrammingError, AttributeError):
            return None


def _client(uri: str) -> AsyncKurrentDBClient:
    try:
        client = _Client(uri)
        if authority := client.connection_spec.options.tls_ca_file:
            ssl.create_default_context(cafile=authority)
    except ssl.SSLError:
        raise RefusedConnectionString("tlsCaFile holds no certificate") from None
    except OSError as problem:
        raise RefusedConnectionString(f"a file that it names can't be read: {problem.strerror}") from None
    except ValueError:
        raise RefusedConnectionString("not a connection string: esdb://user:password@host:2113?options") from None
    client.grpc_options = tuple((_CHANNEL_OPTIONS | dict(client.grpc_options)).items())
    return client


def _go_on_unless_cancelled() -> None:
    """Raise a cancellation that the driver swallowed while it ended a call."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
