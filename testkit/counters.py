"""A minimal aggregate, a counter, and its read model, for tests of the chassis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar
from uuid import UUID, uuid4

from california_gold_contracts.catalog import Catalog
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from chassis.commands.aggregate import Aggregates
from chassis.commands.context import CommandContext
from chassis.commands.decider import Decider
from chassis.commands.errors import DomainError
from chassis.commands.message import Message
from chassis.ports.document_store import Collection, Scalar
from chassis.ports.infrastructure import Infrastructure
from chassis.projections.projector import View

CATEGORY = "counter"
SOURCE = "/tests/counters"


class Counted(Event):
    """The counter was increased to `total`."""

    wire_type: ClassVar[str] = "counters.counted.v1"

    total: int


class Removed(Event):
    """The counter was deleted."""

    wire_type: ClassVar[str] = "counters.removed.v1"


@dataclass(frozen=True)
class Count:
    """Increase the counter by `by`; 0 changes nothing, a negative number is rejected."""

    by: int = 1


@dataclass(frozen=True)
class CounterState:
    """The total of a counter."""

    total: int = 0


class NegativeCount(DomainError):
    """A counter cannot be decreased."""


def decide(state: CounterState, command: Count) -> Sequence[Event]:
    """Return one event per step."""
    if command.by < 0:
        raise NegativeCount(Message("нет", "no"))
    return [Counted(total=state.total + step + 1) for step in range(command.by)]


def evolve(state: CounterState, event: Event) -> CounterState:
    """Take the total of the event."""
    return replace(state, total=event.total) if isinstance(event, Counted) else state


DECIDER = Decider(CounterState(), decide, evolve)
CATALOG = Catalog((Counted, Removed))


def counters(infrastructure: Infrastructure) -> Aggregates[CounterState, Count]:
    """Return the repository of counters."""
    return Aggregates(infrastructure.events, infrastructure.clock, CATEGORY, DECIDER, CATALOG, SOURCE)


def command_context(command_id: UUID | None = None) -> CommandContext:
    """Return the context of a command: a new one, or a repetition of `command_id`."""
    return CommandContext(command_id or uuid4(), "user:1", "correlation-1")


class Totals:
    """The read model: `{"total", "seen"}`; `seen` counts the applied events."""

    collection = Collection("totals", keys=("total", "seen"), indexes=(("total", "seen"),))
    catalog = CATALOG

    def apply(self, view: View | None, event: Event, envelope: Envelope) -> View | None:
        """Apply an event to the document."""
        if not isinstance(event, Counted):
            return None
        seen = view["seen"] if view else 0
        assert isinstance(seen, int)
        return {"total": event.total, "seen": seen + 1}

    def keys(self, view: View) -> Mapping[str, Scalar]:
        """Return the keys: filter by total, order by seen."""
        total, seen = view["total"], view["seen"]
        assert isinstance(total, int)
        assert isinstance(seen, int)
        return {"total": total, "seen": seen}
