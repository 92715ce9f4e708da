"""FairConsumer: a consumer that reads ahead and takes turns between users, for work that takes long."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from california_gold_contracts.envelope import Envelope, MalformedEnvelope
from chassis.messaging.consumer import Consumer
from chassis.messaging.delivery import HandleLater
from chassis.messaging.fair_queue import FairQueue, Turn
from chassis.ports.message_bus import ReceivedMessage, Subscription
from chassis.runtime.drain import Drain

MAX_READ_AHEAD = 1000

UserOf = Callable[[Envelope], Awaitable[Hashable | None]]
"""Returns who waits for an event's effect; None: nobody, its handling is no work."""


@dataclass
class FairConsumer(Consumer):
    """A member of a consumer group that handles `parallel` events at a time, in turns between users.

    Events of one key are handled one after the other. It reads ahead until `max_read_ahead` events wait; a user's
    events stay in order. An event is acknowledged once it is handled, so that the committed offset stays behind the
    oldest one that waits. After a crash, all that was read ahead is delivered again, events that were handled meanwhile
    included. An event whose handler raises `HandleLater` is handled again after those that wait.
    """

    user_of: UserOf = field(kw_only=True)
    max_read_ahead: int = MAX_READ_AHEAD
    parallel: int = 1
    _handled: int = field(init=False, default=0)
    _ahead: "_ReadAhead | None" = field(init=False, default=None)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._drain = Drain(self.parallel)

    async def _consume(self, subscription: Subscription) -> None:
        ahead = self._ahead = _ReadAhead(self.max_read_ahead)
        reading = asyncio.ensure_future(self._read_ahead(subscription, ahead))
        slots = [asyncio.ensure_future(self._take_turns(subscription, ahead, reading)) for _ in range(self.parallel)]
        try:
            failed, others = await asyncio.wait(slots, return_when=asyncio.FIRST_EXCEPTION)
            # A lost bus does not interrupt the work in progress, which may have taken long.
            reading.cancel()
            if others:
                await asyncio.wait(others)
            for slot in failed:
                slot.result()
        finally:
            self._ahead = None
            for task in (reading, *slots):
                task.cancel()
            await asyncio.gather(reading, *slots, return_exceptions=True)

    async def _take_turns(
        self, subscription: Subscription, ahead: "_ReadAhead", reading: "asyncio.Future[None]"
    ) -> None:
        while True:
            await self._take_turn(subscription, ahead, await ahead.next(reading))

    async def _take_turn(self, subscription: Subscription, ahead: "_ReadAhead", turn: Turn[ReceivedMessage]) -> None:
        async with self._drain.step(), self._delivery.turn_of(turn.item.key):
            ahead.in_progress.append(turn.item)
            try:
                await self._delivery.deliver([turn.item])
            except HandleLater:
                ahead.queue.put_off(turn)
            else:
                await subscription.acknowledge([turn.item])
            finally:
                ahead.in_progress.remove(turn.item)
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
            return await self.user_of(message.envelope())
        except (MalformedEnvelope, ValueError):
            return None  # the delivery parks it

    def _waiting(self) -> Iterable[ReceivedMessage]:
        return (*self._ahead.in_progress, *self._ahead.queue.items()) if self._ahead else ()

    def _progress(self, acknowledged: int) -> int:
        # The committed offset stands still while a later event is handled before an earlier one.
        return acknowledged + self._handled


@dataclass
class _ReadAhead:
    """The events that wait, between the task that reads them and the one that handles them."""

    max_waiting: int
    queue: FairQueue[ReceivedMessage] = field(default_factory=FairQueue[ReceivedMessage])
    in_progress: list[ReceivedMessage] = field(default_factory=list[ReceivedMessage])
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
            try:
                await asyncio.wait({changed, reading}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                changed.cancel()
        if reading.done():
            reading.result()
        turn = self.queue.take()
        self._changed.set()
        return turn

    def _change(self) -> Coroutine[None, None, object]:
        self._changed.clear()  # now, not when the coroutine first runs: a change until then must not be missed
        return self._changed.wait()
