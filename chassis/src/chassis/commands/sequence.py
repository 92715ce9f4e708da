"""Number sequence: unique consecutive integers, like a database sequence, from the revisions of one stream."""

import asyncio
from dataclasses import dataclass, field
from typing import ClassVar

import orjson

from california_gold_contracts.event import Event
from chassis.commands.context import CommandContext
from chassis.commands.optimistic_concurrency import retry_on_conflict
from chassis.commands.recording import Recorder, stored_event
from chassis.ports.clock import Clock
from chassis.ports.event_store import EventStore, NewEvent, StoredEvent, StoreUnavailable, revision_of

_MAX_ATTEMPTS = 100
_MAX_NUMBER = 2**62


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

    Requests that arrive during an append are batched into the next one. The last appended event is cached: the stream
    is read only at the start and after a conflict with another process.
    """

    events: EventStore
    clock: Clock
    category: str
    source: str
    _appending: asyncio.Lock = field(init=False, repr=False, compare=False, default_factory=asyncio.Lock)
    _pending: list[_Request] = field(init=False, repr=False, compare=False, default_factory=list[_Request])
    _last: StoredEvent | None = field(init=False, repr=False, compare=False, default=None)

    async def allocate(self, holder: str, context: CommandContext) -> int:
        """Allocate the next number to `holder`, permanently.

        Raises `StoreUnavailable` on an outage or after too many conflicts.
        """
        request = self._request(holder, context)
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
            await retry_on_conflict(lambda: self._append(batch), self._stream, max_attempts=_MAX_ATTEMPTS)
        except StoreUnavailable as problem:
            for request in batch:
                request.problem = problem
        del self._pending[: len(batch)]

    async def _append(self, batch: list[_Request]) -> None:
        cached, self._last = self._last, None
        last = cached or await self.events.last(self._stream)
        recorded = self._recorded(batch, last)
        revision = await self.events.append(self._stream, recorded, revision_of(last))
        for number, request in enumerate(batch, start=revision - len(batch) + 2):
            request.number = number
        # A repeated command may already be stored by another process, with another time in its metadata.
        if all(request.context.first_time for request in batch):
            self._last = stored_event(recorded[-1], self._stream, revision)

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
