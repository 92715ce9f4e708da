"""Read requests: pages of streams, and the `$all` log."""

import re
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass

from kurrentdbclient import AsyncKurrentDBClient, RecordedEvent
from kurrentdbclient.common import AbstractAsyncCatchupSubscription
from kurrentdbclient.exceptions import GrpcError, KurrentDBClientError, NotFoundError
from kurrentdbclient.streams import AsyncReadResponse

from chassis.adapters.kurrent.connection import Connection
from chassis.adapters.kurrent.errors import is_position_refused
from chassis.ports.event_store import NO_STREAM, START, PositionNotInLog, StoredEvent

SCAN_TIMEOUT_FACTOR = 12
"""Timeout of a filtered read of the log, in request timeouts: the server may scan millions of events to find a few."""

PAGE_EVENTS = 1000
PAGE_BYTES = 8 * 1024 * 1024
"""Maximum size of a page; it may be exceeded by one event."""

_WINDOW_EVENTS = 500
_CHECKPOINT_INTERVAL_WINDOWS = 10
"""The server sends a checkpoint after so many windows of events that do not match the filter."""

_RESTORED = "the log was restored or replaced, see docs/operations.md"


@dataclass(frozen=True)
class Page:
    """Consecutive events of a stream; `is_last`: whether the stream has no further ones."""

    events: Sequence[StoredEvent]
    is_last: bool


@dataclass(frozen=True)
class Reader:
    """Reads events. Every method raises `StoreUnavailable`."""

    connection: Connection

    async def stream(self, stream: str, after: int, limit: int | None) -> Page:
        """Return the next events of a stream after a revision, at most one page."""
        page_limit = PAGE_EVENTS if limit is None else min(limit, PAGE_EVENTS)
        return await self.connection.call(
            lambda client: _page(
                client.read_stream(
                    stream,
                    stream_position=max(after, NO_STREAM) + 1,
                    limit=page_limit,
                    timeout=self.connection.timeout_seconds,
                ),
                page_limit,
            )
        )

    async def last(self, stream: str) -> StoredEvent | None:
        """Return the last event of a stream."""
        page = await self.connection.call(
            lambda client: _page(
                client.read_stream(stream, backwards=True, limit=1, timeout=self.connection.timeout_seconds), 1
            )
        )
        return page.events[0] if page.events else None

    async def end(self) -> int:
        """Return the commit position of the last event of the log."""
        return await self.connection.call(
            lambda client: client.get_commit_position(filter_exclude=(), timeout=self.connection.timeout_seconds)
        )

    async def end_beyond(self, position: int) -> int:
        """Return the end of the log. Raises `PositionNotInLog` when the log can't be read from a position."""
        end = await self.end()
        if position > end:
            raise PositionNotInLog(f"event store: the log ends at {end}, before the checkpoint {position}: {_RESTORED}")
        if position != START:
            await self.connection.call(lambda client: self._read_at(client, position))
        return end

    async def _read_at(self, client: AsyncKurrentDBClient, position: int) -> None:
        timeout = self.connection.timeout_seconds
        try:
            await _page(client.read_all(commit_position=position, filter_exclude=(), limit=1, timeout=timeout), 1)
        except KurrentDBClientError as problem:
            if is_position_refused(problem):
                raise PositionNotInLog(f"event store: no event is at the checkpoint {position}: {_RESTORED}") from None
            raise

    async def has_more(self, after: int, pattern: str) -> bool:
        """Return whether the log has an event after a position whose stream name matches the pattern."""

        async def find(client: AsyncKurrentDBClient) -> bool:
            response = await read_log(client, after, pattern)
            try:
                async for event in response:
                    if event.commit_position > after and not event.is_system_event:
                        return True
            finally:
                await response.stop()
            return False

        return await self.connection.call(find, timeout_seconds=SCAN_TIMEOUT_FACTOR * self.connection.timeout_seconds)


async def read_log(client: AsyncKurrentDBClient, after: int, pattern: str) -> AsyncReadResponse:
    """Read the log up to its present end. The start position is inclusive: the event at `after` is returned too."""
    return await client.read_all(
        commit_position=None if after == START else after,
        filter_include=[pattern],
        filter_by_stream_name=True,
    )


async def subscribe_to_log(client: AsyncKurrentDBClient, after: int, pattern: str) -> AbstractAsyncCatchupSubscription:
    """Start a catch-up subscription. Checkpoints and the caught-up message arrive as events without a type."""
    return await client.subscribe_to_all(
        commit_position=None if after == START else after,
        filter_include=[pattern],
        filter_by_stream_name=True,
        include_checkpoints=True,
        include_caught_up=True,
        window_size=_WINDOW_EVENTS,
        checkpoint_interval_multiplier=_CHECKPOINT_INTERVAL_WINDOWS,
    )


def stream_name_pattern(categories: Sequence[str]) -> str:
    """Return a regular expression for the stream names of categories; without categories: all but system streams.

    It is one pattern, because the driver does not anchor several correctly.
    """
    if not categories:
        return "[^$].*"
    return f"(?:{'|'.join(map(re.escape, sorted(set(categories))))})(?:-.*)?"


def stored_event(event: RecordedEvent) -> StoredEvent:
    """Convert an event of the driver to one of the port."""
    return StoredEvent(
        event.id,
        event.type,
        event.data,
        event.metadata,
        event.stream_name,
        event.stream_position,
        event.commit_position,
    )


async def _page(request: Awaitable[AsyncReadResponse], limit: int) -> Page:
    response = await request
    events: list[StoredEvent] = []
    size = 0
    try:
        async for event in response:
            events.append(stored_event(event))
            size += len(event.data) + len(event.metadata)
            if size > PAGE_BYTES:
                return Page(events, is_last=False)
    except NotFoundError:
        return Page([], is_last=True)
    except GrpcError:
        # The events received so far are in order and without a gap; the request for the next page raises the error.
        if not events:
            raise
        return Page(events, is_last=False)
    finally:
        await response.stop()
    return Page(events, is_last=len(events) < limit)
