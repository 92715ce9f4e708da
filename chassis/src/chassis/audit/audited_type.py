"""What can be audited: the things whose stories the streams of a category tell."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson
from pydantic import JsonValue
from pydantic_core import to_jsonable_python

from california_gold_contracts.catalog import Catalog
from california_gold_contracts.event import Event
from chassis.commands.decider import Command, Decider, State
from chassis.commands.message import Message
from chassis.commands.sequence import NumberSequence
from chassis.ports.clock import Clock
from chassis.ports.event_store import EventStore, StoredEvent

JsonObject = Mapping[str, JsonValue]
_HIDDEN = "(hidden)"
_LONGEST_NUMBER = 18


class UnknownSubject(Exception):
    """There is no such thing, or never was. `missing` says so in the API's language."""

    def __init__(self, kind: "AuditedType", reference: str) -> None:
        super().__init__(f"there is no {kind.name} {reference!r}")
        self.missing = kind.missing


@dataclass(frozen=True)
class AuditedType:
    """One kind of thing, with what its owner knows: how its events read and what they add up to.

    `numbers` names the category of the sequence that gives out short numbers for UUIDs; None: the id is itself the
    number. `hidden` are fields (sealed ones) that the audit does not show, of events and of states.
    """

    name: str
    category: str
    catalog: Catalog
    fold: Callable[[Sequence[Event]], JsonValue]
    missing: Message | str
    by_number: bool = False
    numbers: str | None = None
    hidden: frozenset[str] = frozenset()

    def state(self, events: Sequence[StoredEvent]) -> JsonValue:
        """Return the state that the events lead to; those of a newer producer are passed over."""
        known = [event for event in events if self.catalog.knows(event.type)]
        return self.shown(self.fold([self.catalog.decode(event.type, event.data) for event in known]))

    def data(self, event: StoredEvent) -> JsonValue:
        """Return what an event says. Raises `ValueError` when that can't be read."""
        return self.shown(orjson.loads(event.data))

    def shown(self, value: JsonValue) -> JsonValue:
        """Return the same without what is hidden."""
        if not isinstance(value, dict):
            return value
        return {name: _HIDDEN if name in self.hidden and inner else inner for name, inner in value.items()}

    async def stream_of(self, reference: str, events: EventStore, clock: Clock) -> str:
        """Return the stream of what `reference` (an id or a number) names. Raises `UnknownSubject`."""
        if reference.isascii() and reference.isdigit() and len(reference) <= _LONGEST_NUMBER:
            found = await self._by_number(int(reference), events, clock)
        else:
            found = None if self.by_number else _uuid(reference)
        if found is None:
            raise UnknownSubject(self, reference)
        return f"{self.category}-{found}"

    async def _by_number(self, number: int, events: EventStore, clock: Clock) -> str | None:
        if self.by_number:
            return str(number)
        if self.numbers is None:
            return None
        return await NumberSequence(events, clock, self.numbers, "audit").holder_of(number)


def folded(decider: Decider[State, Command]) -> Callable[[Sequence[Event]], JsonValue]:
    """Return how events add up to an aggregate's state, as JSON."""
    return lambda events: to_jsonable_python(decider.fold(events))


def _uuid(reference: str) -> str | None:
    try:
        return str(UUID(reference))
    except ValueError:
        return None
