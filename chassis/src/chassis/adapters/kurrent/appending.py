"""Append requests, which may be repeated at the same time by this process and by others."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from kurrentdbclient import AsyncKurrentDBClient, StreamState
from kurrentdbclient import NewEvent as NewRecord
from kurrentdbclient.exceptions import (
    AppendDeadlineExceededError,
    MaximumAppendSizeExceededError,
    WrongCurrentVersionError,
)

from chassis.adapters.kurrent.connection import Connection
from chassis.adapters.kurrent.reading import Reader
from chassis.ports.event_store import NO_STREAM, EventTooLarge, NewEvent, StoreUnavailable, WrongExpectedRevision
from chassis.runtime.coalescing import RequestCoalescing

_PATIENCE_SECONDS = 0.1
"""Time without an answer after which an append is looked for in its stream."""


class Appender:
    """Sends appends. The server drops one whose events are written and not yet indexed, and says so after 2 s only.

    So equal appends of this process share one answer, and an append without an answer is looked for in its stream:
    another process may have sent the same command.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection, self._reader = connection, Reader(connection)
        self._coalescing = RequestCoalescing[None]()
        self._searching = asyncio.Lock()
        """One search at a time: under load every append is slow, and many searches would add to it."""

    async def append(self, stream: str, events: Sequence[NewEvent], expected: int) -> None:
        """Append all events or none, or find that they are stored already. Raises the port's errors."""
        key = stream, expected, tuple(event.id for event in events)
        await self._coalescing.request(key, lambda: self._append(stream, events, expected))

    async def _append(self, stream: str, events: Sequence[NewEvent], expected: int) -> None:
        sending = asyncio.create_task(self._send(stream, events, expected))
        tasks = [sending]
        try:
            answered, _ = await asyncio.wait(tasks, timeout=_PATIENCE_SECONDS)
            if not answered:
                tasks.append(asyncio.create_task(self._wait_until_stored(stream, events, expected)))
                answered, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if answered == {sending}:
                sending.result()
        finally:
            await _cancelled(tasks)

    async def _send(self, stream: str, events: Sequence[NewEvent], expected: int) -> None:
        """Send an append; repeat it once when the server could not commit it in time. The driver repeats others."""

        async def send(client: AsyncKurrentDBClient) -> None:
            with suppress(AppendDeadlineExceededError):
                return await self._request(client, stream, events, expected)
            return await self._request(client, stream, events, expected)

        await self._connection.call(send)

    async def _request(
        self, client: AsyncKurrentDBClient, stream: str, events: Sequence[NewEvent], expected: int
    ) -> None:
        try:
            await client.append_to_stream(
                stream,
                events=[NewRecord(event.type, event.data, event.metadata, id=event.id) for event in events],
                current_version=StreamState.NO_STREAM if expected == NO_STREAM else expected,
                timeout=self._connection.timeout_seconds,
            )
        except WrongCurrentVersionError as wrong:
            actual = wrong.actual_version if isinstance(wrong.actual_version, int) else NO_STREAM
            raise WrongExpectedRevision(stream, expected, actual) from None
        except MaximumAppendSizeExceededError:
            raise EventTooLarge(size_of(events)) from None

    async def _wait_until_stored(self, stream: str, events: Sequence[NewEvent], expected: int) -> None:
        pause = _PATIENCE_SECONDS
        while not await self._is_stored(stream, events, expected):
            await asyncio.sleep(pause)
            pause *= 2

    async def _is_stored(self, stream: str, events: Sequence[NewEvent], expected: int) -> bool:
        try:
            async with self._searching:
                page = await self._reader.stream(stream, expected, len(events))
        except StoreUnavailable:
            return False
        return [event.id for event in page.events] == [event.id for event in events]


def size_of(events: Sequence[NewEvent]) -> int:
    """Return the size in bytes as the server documents it, with event types in UTF-16."""
    return sum(len(event.data) + len(event.metadata) + 2 * len(event.type) for event in events)


async def _cancelled(tasks: Sequence["asyncio.Task[None]"]) -> None:
    """Cancel the tasks that have not ended, and wait for their end; their errors count no longer."""
    unfinished = [task for task in tasks if not task.done()]
    for task in unfinished:
        task.cancel()
    if unfinished:
        await asyncio.gather(*unfinished, return_exceptions=True)
