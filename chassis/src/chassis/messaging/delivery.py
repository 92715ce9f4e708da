"""Delivery of events to a handler: retries with exponential backoff, then parking; later events of the key wait."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from traceback import extract_tb
from weakref import WeakValueDictionary

import structlog

from california_gold_contracts.envelope import Envelope, MalformedEnvelope
from california_gold_contracts.topics import DEAD_LETTERS
from chassis.messaging.parking import Parked, ParkedState, Parking
from chassis.messaging.unknown_events import UnknownEvents
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.message_bus import Message, MessageBus, ReceivedMessage
from chassis.ports.tracing import NO_TRACING, Tracing
from chassis.tracing.batches import processing

Handle = Callable[[Sequence[Envelope]], Awaitable[None]]
_log = structlog.get_logger()


class HandleLater(Exception):
    """A handler asks for the event once more, after all others that wait. It is no failure of the event."""


@dataclass(frozen=True)
class RetryPolicy:
    """Exponential backoff: the delay doubles from `initial_delay` to `max_delay`; parked after `max_attempts`.

    `stuck_after`: how long a consumer may make no progress before liveness reports it as stuck.
    """

    max_attempts: int = 5
    initial_delay: timedelta = timedelta(milliseconds=100)
    max_delay: timedelta = timedelta(seconds=10)
    stuck_after: timedelta = timedelta(seconds=60)

    def delay(self, attempt: int) -> float:
        """Return the seconds to wait after an attempt, counted from 1."""
        return min(self.initial_delay * 2 ** min(attempt - 1, 30), self.max_delay).total_seconds()


@dataclass
class Delivery:
    """Delivers messages to the handler of one group.

    An unavailable store is not a failure of the message: the handler is called again until the store is back.
    """

    group: str
    handle: Handle
    parking: Parking
    bus: MessageBus
    retry_policy: RetryPolicy
    tracing: Tracing = NO_TRACING
    waiting_for_store: bool = field(default=False, init=False)
    unknown: UnknownEvents = field(init=False)
    _blocked: set[str] = field(default_factory=set[str], init=False)
    _parked_meanwhile: set[str] = field(default_factory=set[str], init=False)
    _turns: "WeakValueDictionary[str, asyncio.Lock]" = field(
        default_factory=WeakValueDictionary[str, asyncio.Lock], init=False
    )

    def __post_init__(self) -> None:
        self.unknown = UnknownEvents(self.group)

    def turn_of(self, key: str) -> asyncio.Lock:
        """Return the lock of a key, for callers that deliver several messages at once: those of one key take turns."""
        return self._turns.setdefault(key, asyncio.Lock())

    async def deliver(self, messages: Sequence[ReceivedMessage]) -> None:
        """Handle a batch; if that fails, message by message. Returns when each message is handled or parked.

        Raises `HandleLater`, for handlers that use it: they get one message at a time.
        """
        unblocked = [message for message in messages if message.key not in self._blocked]
        if len(unblocked) != len(messages) or not await self._handled_as_batch(unblocked):
            for message in messages:
                await self._handle_or_park(message)

    async def unpark(self) -> None:
        """Retry the parked events that an operator released, and those whose predecessors are no longer parked."""
        failed: set[str] = set()
        self._parked_meanwhile = set()
        for parked in await self.parking.of_group(self.group):
            if parked.message.key in failed or parked.state is ParkedState.PARKED:
                failed.add(parked.message.key)
            elif await self._retried(parked):
                await self.parking.discard(parked.id)
            else:
                failed.add(parked.message.key)
        self._blocked = failed | self._parked_meanwhile

    async def _handled_as_batch(self, messages: Sequence[ReceivedMessage]) -> bool:
        try:
            await self._handle(messages)
        except HandleLater:
            raise
        except MalformedEnvelope:
            return False
        except Exception as problem:  # noqa: BLE001  (any error: the events are then handled one by one)
            _log.warning("batch_failed", group=self.group, size=len(messages), error=type(problem).__name__)
            return False
        return True

    async def _handle_or_park(self, message: ReceivedMessage) -> None:
        if message.key in self._blocked:
            await self._set_aside(message, ParkedState.WAITING)
            return
        attempts = 0
        while problem := await self._failure(message):
            attempts = await self.parking.count_attempt(self.group, message)
            if attempts >= self.retry_policy.max_attempts or isinstance(problem, MalformedEnvelope):
                await self._park(message, problem, attempts)
                return
            await asyncio.sleep(self.retry_policy.delay(attempts))

    async def _retried(self, parked: Parked) -> bool:
        try:
            async with self.turn_of(parked.message.key):
                problem = await self._failure(parked.message)
        except HandleLater:
            return False  # it is tried again with the next poll
        if problem is not None:
            await self._park(parked.message, problem, parked.attempts + 1)
        return problem is None

    async def _failure(self, message: ReceivedMessage) -> Exception | None:
        try:
            await self._handle([message])
        except HandleLater:
            raise
        except Exception as problem:  # noqa: BLE001  (any error: the event is retried, then parked)
            _log.warning("event_failed", group=self.group, key=message.key, error=_location(problem))
            return problem
        return None

    async def _handle(self, messages: Sequence[ReceivedMessage]) -> None:
        envelopes, topics = [message.envelope() for message in messages], (message.topic for message in messages)
        with processing(envelopes, topics, self.tracing, self.group) as traced:
            await self._handle_once_the_store_is_there(traced)

    async def _handle_once_the_store_is_there(self, envelopes: Sequence[Envelope]) -> None:
        attempt = 0
        while True:
            try:
                await self.handle(envelopes)
            except StoreUnavailable as problem:
                attempt += 1
                self.waiting_for_store = True
                if attempt == 1:
                    _log.warning("store_awaited", group=self.group, reason=str(problem))
                await asyncio.sleep(self.retry_policy.delay(attempt))
            else:
                return self.unknown.count(envelopes)
            finally:
                self.waiting_for_store = False

    async def _park(self, message: ReceivedMessage, problem: Exception, attempts: int) -> None:
        reason = str(problem) if isinstance(problem, MalformedEnvelope) else type(problem).__name__
        self._blocked.add(message.key)
        await self._set_aside(message, ParkedState.PARKED, reason, attempts)
        await self.bus.publish([_dead_letter(self.group, message, reason)])
        _log.error("event_parked", group=self.group, key=message.key, topic=message.topic, error=reason)

    async def _set_aside(
        self, message: ReceivedMessage, state: ParkedState, error: str = "", attempts: int = 0
    ) -> None:
        """Park a message. Its key stays blocked, also when `unpark` has listed the parked events before."""
        await self.parking.park(self.group, message, state, error, attempts)
        self._parked_meanwhile.add(message.key)
        self._blocked.add(message.key)


def _dead_letter(group: str, message: ReceivedMessage, reason: str) -> Message:
    headers = (("parked_group", group.encode()), ("parked_reason", reason.encode()), ("topic", message.topic.encode()))
    return Message(DEAD_LETTERS.name, message.key, message.value, (*message.headers, *headers))


def _location(problem: Exception) -> str:
    """Return the type and code location of an error. Its message is left out: it may contain data of the event."""
    frames = extract_tb(problem.__traceback__)
    return f"{type(problem).__name__} at {frames[-1].name}:{frames[-1].lineno}" if frames else type(problem).__name__
