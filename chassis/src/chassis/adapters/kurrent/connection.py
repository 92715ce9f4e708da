"""A client connection to EventStoreDB / KurrentDB: opened on first use, replaced when it breaks, with timeouts."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, TypeVar
from uuid import UUID

import grpc
import grpc.aio
from kurrentdbclient import AsyncKurrentDBClient
from kurrentdbclient.exceptions import (
    AppendDeadlineExceededError,
    DeadlineExceededError,
    KurrentDBClientError,
    ProgrammingError,
)

from chassis.adapters.kurrent.client import opened_client
from chassis.adapters.kurrent.connection_string import validate
from chassis.adapters.kurrent.errors import store_unavailable
from chassis.ports.event_store import StoreUnavailable

T = TypeVar("T")
_DEFAULT_TIMEOUT_SECONDS = 5.0
_MAX_SUBSCRIPTIONS = 80
"""A connection carries 100 calls at once; reads and appends need the rest."""


class Connection:
    """One client of one server or cluster.

    `timeout_seconds` is the timeout of one request: `defaultDeadline` of the connection string, 5 without one.
    """

    def __init__(self, uri: str) -> None:
        validate(uri)
        self._client = opened_client(uri)
        self.timeout_seconds = float(self._client.connection_spec.options.default_deadline or _DEFAULT_TIMEOUT_SECONDS)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._subscriptions = 0
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
        """Raise the driver's errors as `StoreUnavailable`; after a timeout, replace the connection.

        A server that tells that an append took too long has answered: then the connection is good.
        """
        if self.is_closed:
            raise StoreUnavailable("event store: closed")
        connection = self._connection_id()
        try:
            yield
        except (KurrentDBClientError, ProgrammingError, grpc.RpcError, TimeoutError) as problem:
            is_timeout = isinstance(problem, (DeadlineExceededError, TimeoutError))
            if is_timeout and not isinstance(problem, AppendDeadlineExceededError):
                await self._replace(connection)
            raise store_unavailable(problem) from None
        except (AttributeError, grpc.aio.UsageError):
            # The driver raises these when it is closed during a call.
            if not self.is_closed:
                raise
            raise StoreUnavailable("event store: closed") from None

    @contextmanager
    def subscribed(self) -> Generator[None]:
        """Count an open subscription during the block. Raises `StoreUnavailable` when there are too many."""
        if self._subscriptions >= _MAX_SUBSCRIPTIONS:
            raise StoreUnavailable(f"event store: a process may have {_MAX_SUBSCRIPTIONS} subscriptions, not more")
        self._subscriptions += 1
        try:
            yield
        finally:
            self._subscriptions -= 1

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


def _raise_if_cancelled() -> None:
    """Raise a cancellation that the driver swallowed while it closed a call."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
