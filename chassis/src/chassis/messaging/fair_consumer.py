"""FairConsumer: a consumer that reads ahead and takes turns between users, for work that takes long."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from california_gold_contracts.envelope import Envelope, MalformedEnvelope, from_message
from chassis.messaging.consumer import Consumer
from chassis.messaging.delivery import HandleLater
from chassis.messaging.fair_queue import FairQueue, Turn
from chassis.ports.message_bus import ReceivedMessage, Subscription

MAX_READ_AHEAD = 1000

UserOf = Callable[[Envelope], Awaitable[Hashable | None]]
"""Returns who waits for an event's effect; None: nobody, its handling is no work."""


@dataclass
class FairConsumer(Consumer):
    """A member of a consumer group that handles one event at a time, in turns between users.

    It reads ahead until `max_read_ahead` events wait; a user's events stay in order. An event is acknowledged once it
    is handled, so that the committed offset stays behind the oldest one that waits. After a crash, all that was read
    ahead is delivered again, events that were handled meanwhile included. An event whose handler raises `HandleLater`
    is handled again after those that wait.
    """

    user_of: UserOf = field(kw_only=True)
    max_read_ahead: int = MAX_READ_AHEAD
    _handled: int = field(init=False, default=0)

    async def _consume(self, subscription: Subscription) -> None:
        ahead = _ReadAhead(self.max_read_ahead)
        reading = asyncio.ensure_future(self._read_ahead(subscription, ahead))
        try:
            while True:
                # A lost bus does not interrupt the work in progress, which may have taken long.
                await self._take_turn(subscription, ahead, await ahead.next(reading))
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await reading

    async def _take_turn(self, subscription: Subscription, ahead: "_ReadAhead", turn: Turn[ReceivedMessage]) -> None:
        async with self._drain.step():
            try:
                await self._delivery.deliver([turn.item])
            except HandleLater:
                ahead.queue.put_off(turn)
            else:
                await subscription.acknowledge([turn.item])
            self._handled += 1

    async def _read_ahead(self, subscription: Subscription, ahead: "_ReadAhead") -> None:
        async for batch in subscription.batches():
            awaited_by_nobody: list[ReceivedMessage] = []
            for message in batch:
                if (user := await self._user(message)) is None:
                    awaited_by_nobody.append(message)
                else:
                    await ahead.put(Turn(user, message))
            await self._handle_at_once(subscription, awaited_by_nobody)

    async def _handle_at_once(self, subscription: Subscription, messages: Sequence[ReceivedMessage]) -> None:
        if messages:
            await self._delivery.deliver(messages)
            await subscription.acknowledge(messages)

    async def _user(self, message: ReceivedMessage) -> Hashable | None:
        try:
            return await self.user_of(from_message(message.headers, message.value))
        except (MalformedEnvelope, ValueError):
            return None  # the delivery parks it

    def _progress(self, acknowledged: int) -> int:
        # The committed offset stands still while a later event is handled before an earlier one.
        return acknowledged + self._handled


@dataclass
class _ReadAhead:
    """The events that wait, between the task that reads them and the one that handles them."""

    max_waiting: int
    queue: FairQueue[ReceivedMessage] = field(default_factory=FairQueue[ReceivedMessage])
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def put(self, turn: Turn[ReceivedMessage]) -> None:
        """Add an event; wait while there are too many."""
        while len(self.queue) >= self.max_waiting:
            await self._change()
        self.queue.put(turn)
        self._changed.set()

    async def next(self, reading: "asyncio.Future[None]") -> Turn[ReceivedMessage]:
        """Take the next event, when there is one. Raises what `reading` raised."""
        while not self.queue and not reading.done():
            changed = asyncio.ensure_future(self._change())
            await asyncio.wait({changed, reading}, return_when=asyncio.FIRST_COMPLETED)
            changed.cancel()
        if reading.done():
            reading.result()
        turn = self.queue.take()
        self._changed.set()
        return turn

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()
