"""What is asked of the server: pages of streams, and the log."""

import re
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass

from kurrentdbclient import AsyncKurrentDBClient, RecordedEvent
from kurrentdbclient.common import AbstractAsyncCatchupSubscription
from kurrentdbclient.exceptions import GrpcError, NotFoundError
from kurrentdbclient.streams import AsyncReadResponse

from chassis.adapters.kurrent.connection import Connection
from chassis.ports.event_store import NO_STREAM, START, StoredEvent

SEARCH = 12
"""How many times the usual a search of the log may take: the server may look at millions to find a few."""

PAGE_EVENTS = 1000
PAGE_BYTES = 8 * 1024 * 1024
"""A page is handed on when it has so much."""

_WINDOW = 500
_WINDOWS = 10
"""After so many windows of events that don't match a subscription gives a sign of life."""


@dataclass(frozen=True)
class Page:
    """Some events of a stream in order, and whether these are all."""

    events: Sequence[StoredEvent]
    is_last: bool


@dataclass(frozen=True)
class Reader:
    """Asks the server for events. Every method raises `StoreUnavailable`."""

    connection: Connection

    async def stream(self, stream: str, after: int, limit: int | None) -> Page:
        """Return events of a stream after a revision: few enough to arrive in time."""
        wanted = PAGE_EVENTS if limit is None else min(limit, PAGE_EVENTS)
        return await self.connection.ask(
            lambda client: _page(
                client.read_stream(
                    stream,
                    stream_position=max(after, NO_STREAM) + 1,
                    limit=wanted,
                    timeout=self.connection.seconds,
                ),
                wanted,
            )
        )

    async def last(self, stream: str) -> StoredEvent | None:
        """Return the newest event of a stream."""
        page = await self.connection.ask(
            lambda client: _page(
                client.read_stream(stream, backwards=True, limit=1, timeout=self.connection.seconds), 1
            )
        )
        return page.events[0] if page.events else None

    async def end(self) -> int:
        """Return the position where the log ends now."""
        return await self.connection.ask(
            lambda client: client.get_commit_position(filter_exclude=(), timeout=self.connection.seconds)
        )

    async def has_more(self, after: int, pattern: str) -> bool:
        """Say whether the log has an event after a position whose stream matches."""

        async def ask(client: AsyncKurrentDBClient) -> bool:
            answer = await read_log(client, after, pattern)
            try:
                async for event in answer:
                    if event.commit_position > after and not event.is_system_event:
                        return True
            finally:
                await answer.stop()
            return False

        return await self.connection.ask(ask, within=SEARCH * self.connection.seconds)


async def read_log(client: AsyncKurrentDBClient, after: int, pattern: str) -> AsyncReadResponse:
    """Ask for what the log has now. The event at `after` itself comes too, if it matches."""
    return await client.read_all(
        commit_position=None if after == START else after,
        filter_include=[pattern],
        filter_by_stream_name=True,
    )


async def follow_log(client: AsyncKurrentDBClient, after: int, pattern: str) -> AbstractAsyncCatchupSubscription:
    """Ask for what the log has, and for what comes. Signs of life are events without a type."""
    return await client.subscribe_to_all(
        commit_position=None if after == START else after,
        filter_include=[pattern],
        filter_by_stream_name=True,
        include_checkpoints=True,
        include_caught_up=True,
        window_size=_WINDOW,
        checkpoint_interval_multiplier=_WINDOWS,
    )


def pattern_of(categories: Sequence[str]) -> str:
    """Return the one pattern (the driver anchors it, but not several) of the names of their streams; none: of all."""
    if not categories:
        return "[^$].*"
    return f"(?:{'|'.join(map(re.escape, sorted(set(categories))))})(?:-.*)?"


def stored(event: RecordedEvent) -> StoredEvent:
    """Return an event as the port has it."""
    return StoredEvent(
        event.id,
        event.type,
        event.data,
        event.metadata,
        event.stream_name,
        event.stream_position,
        event.commit_position,
    )


async def _page(asked: Awaitable[AsyncReadResponse], limit: int) -> Page:
    answer = await asked
    events: list[StoredEvent] = []
    size = 0
    try:
        async for event in answer:
            events.append(stored(event))
            size += len(event.data) + len(event.metadata)
            if size > PAGE_BYTES:
                return Page(events, is_last=False)
    except NotFoundError:
        return Page([], is_last=True)
    except GrpcError:
        # What has arrived is in order and without a gap; whoever asks for the rest is told.
        if not events:
            raise
        return Page(events, is_last=False)
    finally:
        await answer.stop()
    return Page(events, is_last=len(events) < limit)
