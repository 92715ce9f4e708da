"""Events of the log as they arrive: from a read, which ends, or from a subscription of the server, which does not."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from types import TracebackType

from kurrentdbclient import AsyncKurrentDBClient, RecordedEvent
from kurrentdbclient.common import AsyncRecordedEventIterator
from kurrentdbclient.exceptions import KurrentDBClientError

from chassis.adapters.kurrent.connection import Connection
from chassis.adapters.kurrent.reading import PAGE_BYTES, PAGE_EVENTS, stored
from chassis.ports.event_store import StoredEvent, StoreUnavailable

_GATHERING_SECONDS = 0.02
"""How long a page may grow while the log is caught up with."""

_PACE_SECONDS = 0.06
"""Later an event is handed on at once, and those that follow it closely together, so long after the page before."""


class SubscriptionBuffer:
    """What the server sends after a position, kept until it is taken. The server waits while much is kept."""

    def __init__(
        self,
        connection: Connection,
        begin: Callable[[AsyncKurrentDBClient], Awaitable[AsyncRecordedEventIterator]],
        after: int,
    ) -> None:
        self._connection, self._begin, self._after = connection, begin, after
        self._kept: list[StoredEvent] = []
        self._bytes = 0
        self._came, self._ripe, self._room = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._taken_at = float("-inf")
        self._heard = False
        self.is_live = False
        """Whether everything that was there at the beginning has come."""

    async def __aenter__(self) -> "SubscriptionBuffer":
        """Begin, once the server confirms. Raises `StoreUnavailable`."""
        self._sent = await self._connection.ask(self._begin, within=self._connection.seconds)
        self._keeping = self._connection.start(self._keep())
        self._keeping.add_done_callback(lambda _: (self._came.set(), self._ripe.set()))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        self._keeping.cancel()
        await asyncio.gather(self._keeping, return_exceptions=True)
        with suppress(KurrentDBClientError):  # it may have ended before
            await self._sent.stop()

    async def take(self, patience: float) -> Sequence[StoredEvent] | None:
        """Return what came, nothing after so many seconds of silence, None at the end. Raises `StoreUnavailable`."""
        while not self._came.is_set():
            self._heard = False
            if not await _within(patience, self._came) and not self._heard:
                return []
        if not self._kept:
            return self._end()
        await self._ripen()
        events, self._kept, self._bytes = self._kept, [], 0
        if not self._keeping.done():
            self._came.clear()
            self._ripe.clear()
        self._room.set()
        return events

    async def _ripen(self) -> None:
        loop = asyncio.get_running_loop()
        seconds = self._taken_at + _PACE_SECONDS - loop.time() if self.is_live else _GATHERING_SECONDS
        if seconds > 0:
            await _within(seconds, self._ripe)
        self._taken_at = loop.time()

    def _end(self) -> None:
        if self._keeping.cancelled():
            raise StoreUnavailable("event store: closed")
        self._keeping.result()

    async def _keep(self) -> None:
        async with self._connection.translated():
            async for event in self._sent:
                if not event.type:
                    self._hear(event)
                elif event.commit_position > self._after and not event.is_system_event:
                    self._kept.append(stored(event))
                    self._bytes += len(event.data) + len(event.metadata)
                    self._came.set()
                    if len(self._kept) >= PAGE_EVENTS or self._bytes > PAGE_BYTES:
                        self._ripe.set()
                        self._room.clear()
                        await self._room.wait()

    def _hear(self, sign: RecordedEvent) -> None:
        self._heard = True
        if sign.is_caught_up:
            self.is_live = True
            self._ripe.set()


async def _within(seconds: float, event: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
