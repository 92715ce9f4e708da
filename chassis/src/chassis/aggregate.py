"""Command handling, written once: load, decide, append; on a conflict, again."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic

from california_gold_contracts.catalog import Catalog
from california_gold_contracts.event import Event
from chassis.clock import Clock
from chassis.context import CommandContext
from chassis.decider import Command, Decider, State
from chassis.event_store import NO_STREAM, EventStore, StoredEvent, StoreUnavailable, WrongExpectedRevision
from chassis.recording import Recorder, command_of

_TRIES = 10


@dataclass(frozen=True)
class Handled(Generic[State]):
    """Where the aggregate stands after a command; `events` are what it added (none: nothing needed to change)."""

    state: State
    revision: int
    events: Sequence[Event] = ()


@dataclass(frozen=True)
class Aggregates(Generic[State, Command]):
    """All aggregates of one kind; each lives in the stream `<category>-<id>`. `source` names the service."""

    events: EventStore
    clock: Clock
    category: str
    decider: Decider[State, Command]
    catalog: Catalog
    source: str

    async def handle(self, aggregate_id: object, command: Command, context: CommandContext) -> Handled[State]:
        """Carry out a command.

        The same command again (by `context.command_id`) changes nothing. Raises the decider's domain errors, and
        `StoreUnavailable` when the store is away or others kept winning.
        """
        for _ in range(_TRIES):
            history = await self._history(aggregate_id)
            with suppress(WrongExpectedRevision):
                return await self._carry_out(aggregate_id, history, command, context)
        raise StoreUnavailable(f"{self.category} {aggregate_id} is written to by too many at once")

    async def create(self, aggregate_id: object, command: Command, context: CommandContext) -> Handled[State]:
        """Carry out a command for the first time on what should be new: as `handle`, and nothing is read if it is."""
        try:
            return await self._carry_out(aggregate_id, (), command, context)
        except WrongExpectedRevision:
            return await self.handle(aggregate_id, command, context)

    async def load(self, aggregate_id: object) -> Handled[State]:
        """Return the present state; revision `NO_STREAM` when there is no such aggregate."""
        return self._present(await self._history(aggregate_id))

    async def _carry_out(
        self, aggregate_id: object, history: Sequence[StoredEvent], command: Command, context: CommandContext
    ) -> Handled[State]:
        handled = self._decide(history, command, context)
        if not handled.events:
            return handled
        revision = await self._append(aggregate_id, history, handled.events, context)
        return Handled(handled.state, revision, handled.events)

    def _decide(self, history: Sequence[StoredEvent], command: Command, context: CommandContext) -> Handled[State]:
        present = self._present(history)
        if str(context.command_id) in map(command_of, history):
            return present
        decided = self.decider.decide(present.state, command)
        state = present.state
        for event in decided:
            state = self.decider.evolve(state, event)
        return Handled(state, present.revision, decided)

    def _present(self, history: Sequence[StoredEvent]) -> Handled[State]:
        events = [self.catalog.decode(event.type, event.data) for event in history]
        return Handled(self.decider.fold(events), history[-1].revision if history else NO_STREAM)

    async def _append(
        self, aggregate_id: object, history: Sequence[StoredEvent], events: Sequence[Event], context: CommandContext
    ) -> int:
        previous = history[-1] if history else None
        recorder = Recorder(self.source, self.clock.now())
        recorded = recorder.record(events, context, self._stream(aggregate_id), previous)
        expected = previous.revision if previous else NO_STREAM
        return await self.events.append(self._stream(aggregate_id), recorded, expected)

    async def _history(self, aggregate_id: object) -> Sequence[StoredEvent]:
        return await self.events.read(self._stream(aggregate_id))

    def _stream(self, aggregate_id: object) -> str:
        return f"{self.category}-{aggregate_id}"
