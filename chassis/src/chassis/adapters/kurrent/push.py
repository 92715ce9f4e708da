"""What a subscription of the server brings."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType

from kurrentdbclient import RecordedEvent
from kurrentdbclient.exceptions import KurrentDBClientError

from chassis.adapters.kurrent.connection import Connection
from chassis.adapters.kurrent.reading import PAGE_BYTES, PAGE_EVENTS, stored
from chassis.event_store import START, StoredEvent, StoreUnavailable

_GATHERING_SECONDS = 0.02
"""How long a page may grow while the log is caught up with; later every event is handed on at once."""

_WINDOW = 500
_WINDOWS = 10
"""After so many windows of events that don't match the server gives a sign of life."""


class Push:
    """The log after a position as it comes, kept until it is taken. The server waits while much is kept."""

    def __init__(self, connection: Connection, after: int, pattern: str) -> None:
        self._connection, self._after, self._pattern = connection, after, pattern
        self._kept: list[StoredEvent] = []
        self._bytes = 0
        self._came, self._ripe, self._room = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._heard = False
        self.is_live = False
        """Whether everything that was there at the beginning has come."""

    async def __aenter__(self) -> "Push":
        """Begin, once the server confirms. Raises `StoreUnavailable`."""
        self._subscription = await self._connection.ask(
            lambda client: client.subscribe_to_all(
                commit_position=None if self._after == START else self._after,
                filter_include=[self._pattern],
                filter_by_stream_name=True,
                include_checkpoints=True,
                include_caught_up=True,
                window_size=_WINDOW,
                checkpoint_interval_multiplier=_WINDOWS,
            ),
            within=self._connection.seconds,
        )
        self._keeping = self._connection.start(self._keep())
        self._keeping.add_done_callback(lambda _: (self._came.set(), self._ripe.set()))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        self._keeping.cancel()
        await asyncio.wait([self._keeping])
        with suppress(KurrentDBClientError):  # it may have ended before
            await self._subscription.stop()

    async def take(self, patience: float) -> Sequence[StoredEvent]:
        """Return what came, or nothing after so many seconds of silence. Raises `StoreUnavailable` at its end."""
        while not self._came.is_set():
            self._heard = False
            if not await _within(patience, self._came) and not self._heard:
                return []
        if not self._kept:
            raise self._end()
        if not self._ripe.is_set():
            await _within(_GATHERING_SECONDS, self._ripe)
        events, self._kept, self._bytes = self._kept, [], 0
        if not self._keeping.done():
            self._came.clear()
        if not self.is_live:
            self._ripe.clear()
        self._room.set()
        return events

    async def _keep(self) -> None:
        async with self._connection.translated():
            async for event in self._subscription:
                if not event.type:
                    self._sign(event)
                elif not event.is_system_event:
                    self._kept.append(stored(event))
                    self._bytes += len(event.data) + len(event.metadata)
                    self._came.set()
                    if len(self._kept) >= PAGE_EVENTS or self._bytes > PAGE_BYTES:
                        self._ripe.set()
                        self._room.clear()
                        await self._room.wait()

    def _sign(self, event: RecordedEvent) -> None:
        self._heard = True
        if event.is_caught_up:
            self.is_live = True
            self._ripe.set()

    def _end(self) -> Exception:
        problem = None if self._keeping.cancelled() else self._keeping.exception()
        return problem if isinstance(problem, Exception) else StoreUnavailable("event store: the subscription ended")


async def _within(seconds: float, event: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
