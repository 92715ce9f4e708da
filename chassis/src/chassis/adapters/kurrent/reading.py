"""Pages of streams and of the log."""

import re
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass

from kurrentdbclient import AsyncKurrentDBClient, RecordedEvent
from kurrentdbclient.exceptions import GrpcError, NotFoundError
from kurrentdbclient.streams import AsyncReadResponse

from chassis.adapters.kurrent.connection import Connection
from chassis.event_store import START, StoredEvent

PAGE_EVENTS = 1000
PAGE_BYTES = 8 * 1024 * 1024
_SEARCH = 12
"""How many times the usual a search of the log may take."""


@dataclass(frozen=True)
class Page:
    """Some events in order, without the system's; read up to position `reached`, which `is_last` says was the end."""

    events: Sequence[StoredEvent]
    reached: int
    is_last: bool


@dataclass(frozen=True)
class Reader:
    """Reads pages: few enough events and bytes to arrive in time."""

    connection: Connection

    async def end(self) -> int:
        """Return the position where the log ends now."""
        return await self.connection.ask(
            lambda client: client.get_commit_position(filter_exclude=(), timeout=self.connection.seconds)
        )

    async def log(self, after: int, pattern: str, limit: int = PAGE_EVENTS) -> Page:
        """Return the next events of the log whose stream matches.

        The server may have to look at millions to find a few: it gets longer, and pings tell whether it is there.
        """
        seconds = _SEARCH * self.connection.seconds
        return await self.connection.ask(
            lambda client: _page(
                client.read_all(
                    # The server counts the event at this position in.
                    commit_position=None if after == START else after,
                    filter_include=[pattern],
                    filter_by_stream_name=True,
                    limit=limit,
                    timeout=seconds,
                ),
                limit,
                after,
            ),
            within=seconds,
        )

    async def stream(self, stream: str, first: int | None, limit: int, *, backwards: bool = False) -> Page:
        """Return events of a stream from a revision on, or from its end."""

        async def read(client: AsyncKurrentDBClient) -> Page:
            answer = client.read_stream(
                stream, stream_position=first, backwards=backwards, limit=limit, timeout=self.connection.seconds
            )
            try:
                return await _page(answer, limit, START)
            except NotFoundError:
                return Page([], START, is_last=True)

        return await self.connection.ask(read)


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


async def _page(asked: Awaitable[AsyncReadResponse], limit: int, after: int) -> Page:
    answer = await asked
    events: list[StoredEvent] = []
    reached, count, size = after, 0, 0
    try:
        async for event in answer:
            count += 1
            reached = event.commit_position
            if reached > after and not event.is_system_event:
                events.append(stored(event))
                size += len(event.data) + len(event.metadata)
                if size > PAGE_BYTES:
                    return Page(events, reached, is_last=False)
    except GrpcError:
        # What has arrived is in order and without a gap; whoever asks for the rest is told.
        if not events:
            raise
        return Page(events, reached, is_last=False)
    finally:
        await answer.stop()
    return Page(events, reached, is_last=count < limit)
