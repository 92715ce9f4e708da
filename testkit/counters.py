"""A tiny aggregate, a counter, to try the chassis with."""

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
from chassis.ports.document_store import Collection, Scalar
from chassis.ports.infrastructure import Infrastructure
from chassis.projections.projector import View

CATEGORY = "counter"
SOURCE = "/tests/counters"


class Counted(Event):
    """The counter is at `total` now."""

    wire_type: ClassVar[str] = "counters.counted.v1"

    total: int


class Removed(Event):
    """The counter is gone."""

    wire_type: ClassVar[str] = "counters.removed.v1"


@dataclass(frozen=True)
class Count:
    """Count up by `by`; nothing happens for 0, below is refused."""

    by: int = 1


@dataclass(frozen=True)
class CounterState:
    """Where the counter stands."""

    total: int = 0


class NegativeCount(DomainError):
    """Counters only go up."""


def decide(state: CounterState, command: Count) -> Sequence[Event]:
    """Count, one event a step."""
    if command.by < 0:
        raise NegativeCount("no")
    return [Counted(total=state.total + step + 1) for step in range(command.by)]


def evolve(state: CounterState, event: Event) -> CounterState:
    """Fold."""
    return replace(state, total=event.total) if isinstance(event, Counted) else state


DECIDER = Decider(CounterState(), decide, evolve)
CATALOG = Catalog((Counted, Removed))


def counters(infrastructure: Infrastructure) -> Aggregates[CounterState, Count]:
    """Return all counters."""
    return Aggregates(infrastructure.events, infrastructure.clock, CATEGORY, DECIDER, CATALOG, SOURCE)


def command_context(command_id: UUID | None = None) -> CommandContext:
    """Return the context of a new command, or of one that is repeated."""
    return CommandContext(command_id or uuid4(), "user:1", "correlation-1")


class Totals:
    """The read model: `{"total", "seen"}`; `seen` counts the events that were applied."""

    collection = Collection("totals", keys=("total", "seen"), indexes=(("total", "seen"),))
    catalog = CATALOG

    def apply(self, view: View | None, event: Event, envelope: Envelope) -> View | None:
        """Take over the total."""
        if not isinstance(event, Counted):
            return None
        seen = view["seen"] if view else 0
        assert isinstance(seen, int)
        return {"total": event.total, "seen": seen + 1}

    def keys(self, view: View) -> Mapping[str, Scalar]:
        """Select by total, order by what was seen."""
        total, seen = view["total"], view["seen"]
        assert isinstance(total, int)
        assert isinstance(seen, int)
        return {"total": total, "seen": seen}
