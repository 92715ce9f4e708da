"""Integers that are given out once: a number is the revision of one append-only stream, plus one."""

import asyncio
from dataclasses import dataclass, field
from typing import ClassVar

import orjson

from california_gold_contracts.event import Event
from chassis.commands.context import CommandContext
from chassis.commands.recording import Recorder, appended
from chassis.ports.clock import Clock
from chassis.ports.event_store import (
    EventStore,
    NewEvent,
    StoredEvent,
    StoreUnavailable,
    WrongExpectedRevision,
    revision_of,
)

_TRIES = 100
_LARGEST = 2**62


class NumberTaken(Event):
    """`holder` has the number that this event's revision stands for."""

    wire_type: ClassVar[str] = "chassis.number-taken.v1"

    holder: str


@dataclass(eq=False)
class _Asked:
    holder: str
    context: CommandContext
    number: int = 0
    problem: StoreUnavailable | None = None


@dataclass
class NumberSequence:
    """Numbers 1, 2, 3, … of one kind, in the stream `<category>-sequence`. One that is never used stays a hole.

    Those who ask in one process while numbers are being taken get theirs together, by the next append. What this
    process appended last is remembered: the stream is read when another process was there in between.
    """

    events: EventStore
    clock: Clock
    category: str
    source: str
    _turn: asyncio.Lock = field(init=False, repr=False, compare=False, default_factory=asyncio.Lock)
    _asked: list[_Asked] = field(init=False, repr=False, compare=False, default_factory=list[_Asked])
    _last: StoredEvent | None = field(init=False, repr=False, compare=False, default=None)

    async def take(self, holder: str, context: CommandContext) -> int:
        """Return the next number, taken for `holder` for ever.

        Raises `StoreUnavailable`, also when others kept winning.
        """
        asked = self._ask(holder, context)
        async with self._turn:
            if asked in self._asked:
                await self._take_for_all()
        if asked.problem is not None:
            raise asked.problem
        return asked.number

    async def holder_of(self, number: int) -> str | None:
        """Return who has a number; None when it was never given out."""
        if not 1 <= number <= _LARGEST:
            return None
        found = await self.events.read(self._stream, after=number - 2, limit=1)
        return orjson.loads(found[0].data)["holder"] if found else None

    def _ask(self, holder: str, context: CommandContext) -> _Asked:
        for asked in self._asked:
            if asked.context.command_id == context.command_id:
                return asked
        self._asked.append(_Asked(holder, context))
        return self._asked[-1]

    async def _take_for_all(self) -> None:
        together = list(self._asked)
        try:
            await self._take(together)
        except StoreUnavailable as problem:
            for asked in together:
                asked.problem = problem
        del self._asked[: len(together)]

    async def _take(self, together: list[_Asked]) -> None:
        last, self._last = self._last, None
        for _ in range(_TRIES):
            last = last or await self.events.last(self._stream)
            recorded = self._recorded(together, last)
            try:
                revision = await self.events.append(self._stream, recorded, revision_of(last))
            except WrongExpectedRevision:
                last = None
                continue
            for number, asked in enumerate(together, start=revision - len(together) + 2):
                asked.number = number
            # A command that may have been carried out elsewhere may have been recorded there, at another time.
            if all(asked.context.first_time for asked in together):
                self._last = appended(recorded[-1], self._stream, revision)
            return
        raise StoreUnavailable(f"numbers of {self.category} are taken by too many at once")

    def _recorded(self, together: list[_Asked], last: StoredEvent | None) -> list[NewEvent]:
        recorder, recorded = Recorder(self.source, self.clock.now()), list[NewEvent]()
        for asked in together:
            [new] = recorder.record([NumberTaken(holder=asked.holder)], asked.context, self._stream, last)
            last = appended(new, self._stream, revision_of(last) + 1)
            recorded.append(new)
        return recorded

    @property
    def _stream(self) -> str:
        return f"{self.category}-sequence"
