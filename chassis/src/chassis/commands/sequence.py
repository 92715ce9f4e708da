"""Number sequence: unique consecutive integers, like a database sequence, from the revisions of one stream."""

import asyncio
from dataclasses import dataclass, field
from typing import ClassVar

import orjson

from california_gold_contracts.event import Event
from chassis.commands.context import CommandContext, command_id
from chassis.commands.optimistic_concurrency import retry_on_conflict
from chassis.commands.recording import Recorder, command_id_of, stored_event
from chassis.ports.clock import Clock
from chassis.ports.event_store import NO_STREAM, EventStore, NewEvent, StoredEvent, StoreUnavailable, revision_of

_MAX_NUMBER = 2**62
_REMEMBERED_NUMBERS = 1000
"""A command that is repeated after more numbers than these were taken gets a new one."""


class NumberTaken(Event):
    """A number was allocated to `holder`: the revision of this event, plus one."""

    wire_type: ClassVar[str] = "chassis.number-taken.v1"

    holder: str


@dataclass(eq=False)
class _Request:
    """A pending allocation; `number` or `problem` is its result."""

    holder: str
    context: CommandContext
    number: int = 0
    problem: StoreUnavailable | None = None


@dataclass
class NumberSequence:
    """The numbers 1, 2, 3, … of a category, in the stream `<category>-sequence`. An unused number leaves a gap.

    Requests that arrive during an append are batched into the next one. The end of the stream is cached: the stream is
    read only at the start, after a failure or a conflict with another process, and after a repeated command. A command
    that is repeated because its answer was lost gets the number that it took.
    """

    events: EventStore
    clock: Clock
    category: str
    source: str
    _appending: asyncio.Lock = field(init=False, repr=False, compare=False, default_factory=asyncio.Lock)
    _pending: list[_Request] = field(init=False, repr=False, compare=False, default_factory=list[_Request])
    _last: StoredEvent | None = field(init=False, repr=False, compare=False, default=None)
    _is_last: bool = field(init=False, repr=False, compare=False, default=False)
    _numbers: dict[str, int] = field(init=False, repr=False, compare=False, default_factory=dict[str, int])

    async def allocate(self, holder: str, context: CommandContext) -> int:
        """Allocate the next number to `holder`, permanently.

        Raises `StoreUnavailable` on an outage, or when other processes take numbers all the time.
        """
        request = self._request(holder, _own_context(context))
        async with self._appending:
            if request in self._pending:
                await self._allocate_pending()
        if request.problem is not None:
            raise request.problem
        return request.number

    async def holder_of(self, number: int) -> str | None:
        """Return the holder of a number; None when it is not allocated."""
        if not 1 <= number <= _MAX_NUMBER:
            return None
        found = await self.events.read(self._stream, after=number - 2, limit=1)
        return orjson.loads(found[0].data)["holder"] if found else None

    def _request(self, holder: str, context: CommandContext) -> _Request:
        for request in self._pending:
            if request.context.command_id == context.command_id:
                return request
        self._pending.append(_Request(holder, context))
        return self._pending[-1]

    async def _allocate_pending(self) -> None:
        batch = list(self._pending)
        try:
            await retry_on_conflict(lambda: self._append(batch), self._stream)
        except StoreUnavailable as problem:
            for request in batch:
                request.problem = problem
        del self._pending[: len(batch)]

    async def _append(self, batch: list[_Request]) -> None:
        await self._read_on()
        for request in batch:
            request.number = self._numbers.get(str(request.context.command_id), 0)
        new = [request for request in batch if not request.number]
        if new:
            await self._append_new(new)

    async def _append_new(self, batch: list[_Request]) -> None:
        recorded = self._recorded(batch, self._last)
        self._is_last = False
        revision = await self.events.append(self._stream, recorded, revision_of(self._last))
        for number, request in enumerate(batch, start=revision - len(batch) + 2):
            request.number = number
        # A repeated command may already be stored by another process, with another time in its metadata.
        if all(request.context.first_time for request in batch):
            self._remember(stored_event(recorded[-1], self._stream, revision))
            self._is_last = True

    async def _read_on(self) -> None:
        """Read what the stream has after the last event that is known: at first, its newest events."""
        if self._is_last:
            return
        after = revision_of(self._last)
        if self._last is None:
            after = max(revision_of(await self.events.last(self._stream)) - _REMEMBERED_NUMBERS, NO_STREAM)
        for event in await self.events.read(self._stream, after):
            self._remember(event)
        self._is_last = True

    def _remember(self, event: StoredEvent) -> None:
        self._last = event
        self._numbers[command_id_of(event)] = event.revision + 1
        if len(self._numbers) > _REMEMBERED_NUMBERS:
            del self._numbers[next(iter(self._numbers))]

    def _recorded(self, batch: list[_Request], last: StoredEvent | None) -> list[NewEvent]:
        recorder, recorded = Recorder(self.source, self.clock.now()), list[NewEvent]()
        for request in batch:
            [new] = recorder.record([NumberTaken(holder=request.holder)], request.context, self._stream, last)
            last = stored_event(new, self._stream, revision_of(last) + 1)
            recorded.append(new)
        return recorded

    @property
    def _stream(self) -> str:
        return f"{self.category}-sequence"


def _own_context(context: CommandContext) -> CommandContext:
    """Return the context of taking a number, which is a command of its own: its event has an id of its own."""
    return CommandContext(
        command_id=command_id(context.command_id, "number"),
        actor=context.actor,
        correlation_id=context.correlation_id,
        causation_id=str(context.command_id),
        traceparent=context.traceparent,
        first_time=context.first_time,
    )
