"""An endless subscription to the log, which survives short interruptions and detects missed events."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from functools import partial

import structlog

from chassis.adapters.kurrent.connection import Connection
from chassis.adapters.kurrent.reading import Reader, subscribe_to_log
from chassis.adapters.kurrent.subscription_buffer import SubscriptionBuffer
from chassis.ports.event_store import StoredEvent, StoreUnavailable

_GRACE_SECONDS = 1.0
_MAX_INTERRUPTION_SECONDS = 15.0
_RETRY_PAUSE_SECONDS = 0.5
_log = structlog.get_logger()


class Subscription:
    """The log after a position, as a sequence of catch-up subscriptions of the server.

    After `max_silence` seconds without an event it checks whether the log has events that were not received.
    """

    def __init__(self, connection: Connection, after: int, pattern: str, max_silence: float) -> None:
        self._connection, self._pattern, self._max_silence = connection, pattern, max_silence
        self._reader = Reader(connection)
        self._after = after
        self._scanned = after
        """A position up to which the log has no event that was not received: an interrupted subscription goes on here,
        instead of at the last event, which may be far back."""
        self._interrupted_since: float | None = float("-inf")
        """None while subscribed; minus infinity before the first subscription."""

    async def pages(self) -> AsyncIterator[Sequence[StoredEvent]]:
        """Yield existing events, then new ones.

        Raises `StoreUnavailable` at once when the first subscription fails, later when the interruption is too long;
        `PositionNotInLog` when the log does not reach the position, or has no event there.
        """
        with self._connection.subscribed():
            while True:
                try:
                    async with aclosing(self._pages_of_one_subscription()) as pages:
                        async for page in pages:
                            yield page
                except StoreUnavailable as problem:
                    await self._pause_or_raise(problem)

    async def _pages_of_one_subscription(self) -> AsyncGenerator[Sequence[StoredEvent]]:
        """Yield the events of one subscription of the server; return when it misses events of the log."""
        after = max(self._after, self._scanned)
        end = await self._reader.end_beyond(after)
        subscribe = partial(subscribe_to_log, after=after, pattern=self._pattern)
        async with SubscriptionBuffer(self._connection, subscribe, after) as buffer:
            self._interrupted_since = None
            try:
                while True:
                    events = await buffer.next_page(self._max_silence)
                    if events == [] and await self._has_more(end if buffer.is_caught_up else after):
                        events = await buffer.next_page(_GRACE_SECONDS)
                        if events == []:
                            break
                    if events is None:
                        raise StoreUnavailable("event store: the server ended the subscription")
                    if events:
                        self._after = events[-1].position
                        yield events
            finally:
                self._scanned = max(self._scanned, buffer.checkpoint)
        _log.warning("subscription_replaced", reason="the server did not push events that the log has")

    async def _has_more(self, received: int) -> bool:
        """Return whether the log has an event that was not received; everything up to `received` was."""
        self._scanned = max(self._scanned, self._after, received)
        end = await self._reader.end()
        found = await self._reader.has_more(self._scanned, self._pattern)
        if not found:
            self._scanned = max(self._scanned, end)
        return found

    async def _pause_or_raise(self, problem: StoreUnavailable) -> None:
        now, since = asyncio.get_running_loop().time(), self._interrupted_since
        if self._connection.is_closed or (since is not None and now - since > _MAX_INTERRUPTION_SECONDS):
            raise problem
        if since is None:
            self._interrupted_since = now
            _log.warning("subscription_interrupted", reason=str(problem))
        await asyncio.sleep(_RETRY_PAUSE_SECONDS)
