"""Integers that are given out once: a number is the revision of one append-only stream, plus one."""

import asyncio
from dataclasses import dataclass, field
from typing import ClassVar

import orjson

from california_gold_contracts.event import Event
from chassis.clock import Clock
from chassis.context import CommandContext
from chassis.event_store import NO_STREAM, EventStore, StoreUnavailable, WrongExpectedRevision
from chassis.recording import Recorder

_TRIES = 100
_LARGEST = 2**62


class NumberTaken(Event):
    """`holder` has the number that this event's revision stands for."""

    wire_type: ClassVar[str] = "chassis.number-taken.v1"

    holder: str


@dataclass(frozen=True)
class NumberSequence:
    """Numbers 1, 2, 3, … of one kind, in the stream `<category>-sequence`. One that is never used stays a hole.

    Those who ask in one process take turns: of many who append at once all but one would have to begin again.
    """

    events: EventStore
    clock: Clock
    category: str
    source: str
    _turn: asyncio.Lock = field(init=False, repr=False, compare=False, default_factory=asyncio.Lock)

    async def take(self, holder: str, context: CommandContext) -> int:
        """Return the next number, taken for `holder` for ever. Raises `StoreUnavailable` when others kept winning."""
        async with self._turn:
            return await self._take(holder, context)

    async def _take(self, holder: str, context: CommandContext) -> int:
        for _ in range(_TRIES):
            previous = await self.events.last(self._stream)
            recorder = Recorder(self.source, self.clock.now())
            recorded = recorder.record([NumberTaken(holder=holder)], context, self._stream, previous)
            try:
                expected = previous.revision if previous else NO_STREAM
                return await self.events.append(self._stream, recorded, expected) + 1
            except WrongExpectedRevision:
                continue
        raise StoreUnavailable(f"numbers of {self.category} are taken by too many at once")

    async def holder_of(self, number: int) -> str | None:
        """Return who has a number; None when it was never given out."""
        if not 1 <= number <= _LARGEST:
            return None
        found = await self.events.read(self._stream, after=number - 2, limit=1)
        return orjson.loads(found[0].data)["holder"] if found else None

    @property
    def _stream(self) -> str:
        return f"{self.category}-sequence"
