"""Following the log for ever: interruptions are borne for a while, and silence is not trusted."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from functools import partial

import structlog

from chassis.adapters.kurrent.connection import Connection
from chassis.adapters.kurrent.reading import Reader, follow_log
from chassis.adapters.kurrent.subscription_buffer import SubscriptionBuffer
from chassis.ports.event_store import StoredEvent, StoreUnavailable

_GRACE_SECONDS = 1.0
_PATIENCE_SECONDS = 15.0
_PAUSE_SECONDS = 0.5
_log = structlog.get_logger()


class Subscription:
    """The log after a position. `silence`: after so many seconds without an event it is asked whether it has some."""

    def __init__(self, connection: Connection, after: int, pattern: str, silence: float) -> None:
        self._connection, self._pattern, self._silence = connection, pattern, silence
        self._reader = Reader(connection)
        self._after = self._searched = after
        self._lost: float | None = float("-inf")
        """Since when there is no subscription; at first, since ever."""

    async def pages(self) -> AsyncIterator[Sequence[StoredEvent]]:
        """Yield what is there, then what comes.

        Raises `StoreUnavailable` at once when the server is away at the beginning, later when it stays away.
        """
        while True:
            try:
                async with aclosing(self._pushed()) as pages:
                    async for page in pages:
                        yield page
            except StoreUnavailable as problem:
                await self._bear(problem)

    async def _pushed(self) -> AsyncGenerator[Sequence[StoredEvent]]:
        """Yield what one subscription of the server brings, until it does not bring what the log has."""
        end, after = await self._reader.end(), self._after
        begin = partial(follow_log, after=after, pattern=self._pattern)
        async with SubscriptionBuffer(self._connection, begin, after) as pushed:
            self._lost = None
            while True:
                events = await pushed.take(self._silence)
                if events == [] and await self._has_more(end if pushed.is_live else after):
                    events = await pushed.take(_GRACE_SECONDS)
                    if events == []:
                        break
                if events is None:
                    raise StoreUnavailable("event store: it ended the subscription")
                if events:
                    self._after = events[-1].position
                    yield events
        _log.warning("subscription_replaced", reason="the log has events that it did not bring")

    async def _has_more(self, brought: int) -> bool:
        """Say whether the log has an event that was not brought; everything up to `brought` was."""
        self._searched = max(self._searched, self._after, brought)
        end = await self._reader.end()
        found = await self._reader.has_more(self._searched, self._pattern)
        if not found:
            self._searched = max(self._searched, end)
        return found

    async def _bear(self, problem: StoreUnavailable) -> None:
        now = asyncio.get_running_loop().time()
        if self._connection.is_closed or (self._lost is not None and now - self._lost > _PATIENCE_SECONDS):
            raise problem
        if self._lost is None:
            self._lost = now
            _log.warning("subscription_interrupted", reason=str(problem))
        await asyncio.sleep(_PAUSE_SECONDS)
