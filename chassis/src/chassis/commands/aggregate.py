"""Command handling, written once: load, decide, append; on a conflict, again."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Generic

from california_gold_contracts.catalog import Catalog
from california_gold_contracts.event import Event
from chassis.commands.aggregate_snapshot import AggregateSnapshot, snapshot_of
from chassis.commands.context import CommandContext
from chassis.commands.decider import Command, Decider, State
from chassis.commands.errors import DomainError
from chassis.commands.lru_cache import LruCache
from chassis.commands.recording import Recorder
from chassis.ports.clock import Clock
from chassis.ports.event_store import EventStore, StoreUnavailable, WrongExpectedRevision

_TRIES = 10


@dataclass(frozen=True)
class Handled(Generic[State]):
    """Where the aggregate stands after a command; `events` are what it added (none: nothing needed to change)."""

    state: State
    revision: int
    events: Sequence[Event] = ()


@dataclass(frozen=True)
class Aggregates(Generic[State, Command]):
    """All aggregates of one kind; each lives in the stream `<category>-<id>`. `source` names the service.

    Those that changed last are remembered. What is remembered may be behind another process, so it counts only where an
    append on it succeeds; whatever else is answered follows from the stream as it is.
    """

    events: EventStore
    clock: Clock
    category: str
    decider: Decider[State, Command]
    catalog: Catalog
    source: str
    _cache: LruCache[AggregateSnapshot[State]] = field(
        init=False, repr=False, compare=False, default_factory=LruCache[AggregateSnapshot[State]]
    )

    async def handle(self, aggregate_id: object, command: Command, context: CommandContext) -> Handled[State]:
        """Carry out a command.

        The same command again (by `context.command_id`) changes nothing. Raises the decider's domain errors, and
        `StoreUnavailable` when the store is away or others kept winning.
        """
        stream = self._stream(aggregate_id)
        if (remembered := self._cache.take(stream)) is not None:
            with suppress(DomainError, WrongExpectedRevision):
                handled = await self._carry_out(stream, remembered, command, context)
                if handled.events:
                    return handled
        for _ in range(_TRIES):
            with suppress(WrongExpectedRevision):
                return await self._carry_out(stream, await self._past(stream), command, context)
        raise StoreUnavailable(f"{self.category} {aggregate_id} is written to by too many at once")

    async def create(self, aggregate_id: object, command: Command, context: CommandContext) -> Handled[State]:
        """Carry out a command for the first time on what should be new: as `handle`, and nothing is read if it is."""
        try:
            nothing = AggregateSnapshot(self.decider.initial)
            return await self._carry_out(self._stream(aggregate_id), nothing, command, context)
        except WrongExpectedRevision:
            return await self.handle(aggregate_id, command, context)

    async def load(self, aggregate_id: object) -> Handled[State]:
        """Return the present state; revision `NO_STREAM` when there is no such aggregate."""
        snapshot = await self._past(self._stream(aggregate_id))
        return Handled(snapshot.state, snapshot.revision)

    async def _carry_out(
        self, stream: str, snapshot: AggregateSnapshot[State], command: Command, context: CommandContext
    ) -> Handled[State]:
        if str(context.command_id) in snapshot.commands:
            return Handled(snapshot.state, snapshot.revision)
        events = self.decider.decide(snapshot.state, command)
        if not events:
            return Handled(snapshot.state, snapshot.revision)
        state = snapshot.state
        for event in events:
            state = self.decider.evolve(state, event)
        recorded = Recorder(self.source, self.clock.now()).record(events, context, stream, snapshot.last)
        revision = await self.events.append(stream, recorded, snapshot.revision)
        # A command that may have been carried out elsewhere may have been recorded there, at another time.
        if context.first_time:
            followed = snapshot.followed_by(recorded, stream, state)
            self._cache.keep(stream, followed, followed.size)
        return Handled(state, revision, events)

    async def _past(self, stream: str) -> AggregateSnapshot[State]:
        history = await self.events.read(stream)
        events = [self.catalog.decode(event.type, event.data) for event in history]
        return snapshot_of(history, self.decider.fold(events))

    def _stream(self, aggregate_id: object) -> str:
        return f"{self.category}-{aggregate_id}"
