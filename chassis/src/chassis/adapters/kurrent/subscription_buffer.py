"""A bounded buffer between the server's stream of events and the pages that callers read."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from types import TracebackType

from kurrentdbclient import AsyncKurrentDBClient, RecordedEvent
from kurrentdbclient.common import AsyncRecordedEventIterator
from kurrentdbclient.exceptions import KurrentDBClientError

from chassis.adapters.kurrent.connection import Connection
from chassis.adapters.kurrent.reading import PAGE_BYTES, PAGE_EVENTS, stored_event
from chassis.ports.event_store import StoredEvent, StoreUnavailable

_CATCH_UP_BATCH_SECONDS = 0.02
"""How long a page collects events during catch-up."""

_LIVE_PAGE_INTERVAL_SECONDS = 0.06
"""Minimum time between two live pages: an event after a silence is returned at once, a burst in one page (ADR 16)."""


class SubscriptionBuffer:
    """The events after a position, from a read (which ends) or from a catch-up subscription (which does not).

    A full buffer stops receiving, so gRPC's flow control slows the server down.
    """

    def __init__(
        self,
        connection: Connection,
        request: Callable[[AsyncKurrentDBClient], Awaitable[AsyncRecordedEventIterator]],
        after: int,
    ) -> None:
        self._connection, self._request, self._after = connection, request, after
        self._events: list[StoredEvent] = []
        self._bytes = 0
        self._not_empty, self._page_ready, self._not_full = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._last_page_at = float("-inf")
        self._control_message_received = False
        self._last_checkpoint = after
        self.checkpoint = after
        """A position of the log up to which every event was received and returned as part of a page."""
        self.is_caught_up = False
        """Whether the server said that the events which existed at the start have been sent."""

    async def __aenter__(self) -> "SubscriptionBuffer":
        """Send the request; return when the server confirms it. Raises `StoreUnavailable`."""
        self._response = await self._connection.call(self._request, timeout_seconds=self._connection.timeout_seconds)
        self._receiver = self._connection.start(self._receive())
        self._receiver.add_done_callback(lambda _: (self._not_empty.set(), self._page_ready.set()))
        return self

    async def __aexit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop receiving."""
        self._receiver.cancel()
        await asyncio.gather(self._receiver, return_exceptions=True)
        with suppress(KurrentDBClientError):  # it may have ended already
            await self._response.stop()

    async def next_page(self, max_silence: float) -> Sequence[StoredEvent] | None:
        """Return the next events.

        An empty page means that nothing came for `max_silence` seconds, None that the server's stream ended.
        Raises `StoreUnavailable`.
        """
        while not self._not_empty.is_set():
            self._control_message_received = False
            if not await _set_within(max_silence, self._not_empty) and not self._control_message_received:
                return []
        if not self._events:
            return self._end()
        await self._collect()
        events, self._events, self._bytes = self._events, [], 0
        if not self._receiver.done():
            self._not_empty.clear()
            self._page_ready.clear()
        self._not_full.set()
        return events

    async def _collect(self) -> None:
        loop = asyncio.get_running_loop()
        next_live_page_at = self._last_page_at + _LIVE_PAGE_INTERVAL_SECONDS
        seconds = next_live_page_at - loop.time() if self.is_caught_up else _CATCH_UP_BATCH_SECONDS
        if seconds > 0:
            await _set_within(seconds, self._page_ready)
        self._last_page_at = loop.time()

    def _end(self) -> None:
        if self._receiver.cancelled():
            raise StoreUnavailable("event store: closed")
        self._receiver.result()

    async def _receive(self) -> None:
        async with self._connection.errors_translated():
            async for event in self._response:
                if not event.type:
                    self._receive_control_message(event)
                elif event.commit_position > self._after and not event.is_system_event:
                    self._events.append(stored_event(event))
                    self._bytes += len(event.data) + len(event.metadata)
                    self._not_empty.set()
                    if len(self._events) >= PAGE_EVENTS or self._bytes > PAGE_BYTES:
                        self._page_ready.set()
                        self._not_full.clear()
                        await self._not_full.wait()

    def _receive_control_message(self, message: RecordedEvent) -> None:
        """Handle a checkpoint or the caught-up message.

        The server sends events in order, so all up to one checkpoint were received when the next one comes. The newest
        checkpoint is not relied on: it may be ahead of an event that is being written.
        """
        self._control_message_received = True
        if message.is_checkpoint:
            if not self._events:
                self.checkpoint = self._last_checkpoint
            self._last_checkpoint = message.commit_position
        if message.is_caught_up:
            self.is_caught_up = True
            self._page_ready.set()


async def _set_within(seconds: float, event: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
