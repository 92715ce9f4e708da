"""Audited types: the aggregate types whose event histories the audit shows, one per stream category."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson
from pydantic import JsonValue
from pydantic_core import to_jsonable_python

from california_gold_contracts.catalog import Catalog
from california_gold_contracts.event import Event
from california_gold_contracts.sealed_texts import is_sealed
from chassis.commands.decider import Command, Decider, State
from chassis.commands.message import Message
from chassis.commands.sequence import NumberSequence
from chassis.ports.clock import Clock
from chassis.ports.event_store import EventStore, StoredEvent

JsonObject = Mapping[str, JsonValue]
_HIDDEN = "(hidden)"
_MAX_DIGITS = 18


class UnknownSubject(Exception):
    """There is no aggregate with this reference. `message` is the sentence for clients."""

    def __init__(self, audited_type: "AuditedType", reference: str) -> None:
        super().__init__(f"there is no {audited_type.name} {reference!r}")
        self.message = audited_type.not_found


@dataclass(frozen=True)
class AuditedType:
    """An aggregate type: how its events are decoded and folded, and how its aggregates are found.

    `number_sequence` is the category of the sequence that assigns short numbers to UUIDs; `id_is_number`: the id is
    itself the number. `hidden` are (encrypted) fields of events and states that the audit does not show; it shows no
    sealed text either (ADR 39).
    """

    name: str
    category: str
    catalog: Catalog
    fold: Callable[[Sequence[Event]], JsonValue]
    not_found: Message
    id_is_number: bool = False
    number_sequence: str | None = None
    hidden: frozenset[str] = frozenset()

    def state(self, events: Sequence[StoredEvent]) -> JsonValue:
        """Return the state that the events fold to; events of types unknown to this release are skipped."""
        known = [event for event in events if self.catalog.knows(event.type)]
        return self._without_hidden(self.fold([self.catalog.decode(event.type, event.data) for event in known]))

    def data(self, event: StoredEvent) -> JsonValue:
        """Return the data of an event. Raises `ValueError` when it is not JSON."""
        return self._without_hidden(orjson.loads(event.data))

    def _without_hidden(self, value: JsonValue) -> JsonValue:
        if not isinstance(value, dict):
            return value
        return {
            name: _HIDDEN if name in self.hidden and inner else without_sealed(inner) for name, inner in value.items()
        }

    async def stream_of(self, reference: str, events: EventStore, clock: Clock) -> str:
        """Return the stream of the aggregate with a reference (an id or a number). Raises `UnknownSubject`."""
        if reference.isascii() and reference.isdigit() and len(reference) <= _MAX_DIGITS:
            found = await self._id_of_number(int(reference), events, clock)
        else:
            found = None if self.id_is_number else _uuid(reference)
        if found is None:
            raise UnknownSubject(self, reference)
        return f"{self.category}-{found}"

    async def _id_of_number(self, number: int, events: EventStore, clock: Clock) -> str | None:
        if self.id_is_number:
            return str(number)
        if self.number_sequence is None:
            return None
        return await NumberSequence(events, clock, self.number_sequence, "audit").holder_of(number)


def fold_to_json(decider: Decider[State, Command]) -> Callable[[Sequence[Event]], JsonValue]:
    """Return a function that folds events to an aggregate's state, as JSON."""
    return lambda events: to_jsonable_python(decider.fold(events))


def without_sealed(value: JsonValue) -> JsonValue:
    """Return an event's data with `(hidden)` for each sealed text."""
    match value:
        case str():
            return _HIDDEN if is_sealed(value) else value
        case dict():
            return {name: without_sealed(inner) for name, inner in value.items()}
        case list():
            return [without_sealed(inner) for inner in value]
        case _:
            return value


def _uuid(reference: str) -> str | None:
    try:
        return str(UUID(reference))
    except ValueError:
        return None
