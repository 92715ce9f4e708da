"""Aggregates: command handling by load, decide and append; commands of one aggregate take turns."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic

from california_gold_contracts.catalog import Catalog
from california_gold_contracts.event import Event
from california_gold_contracts.sealed_texts import SEALED_FIELDS
from chassis.commands.aggregate_snapshot import AggregateSnapshot, snapshot_of
from chassis.commands.context import CommandContext
from chassis.commands.decider import Command, Decider, State
from chassis.commands.errors import DomainError
from chassis.commands.lru_cache import LruCache
from chassis.commands.recording import Recorder
from chassis.commands.text_sealing import TextSealing
from chassis.commands.write_queues import WriteQueues
from chassis.ports.clock import Clock
from chassis.ports.event_store import EventStore, WrongExpectedRevision


@dataclass(frozen=True)
class Handled(Generic[State]):
    """The outcome of a command: state and revision of the aggregate, and the appended events (none: no change)."""

    state: State
    revision: int
    events: Sequence[Event] = ()
    recorded_at: datetime | None = None
    """When the events were recorded; None without events, and for a command that may have been recorded before."""


@dataclass(frozen=True)
class OwnedTexts(Generic[State]):
    """Seals the texts in the events of aggregates that belong to users: `owner_of` returns the id of the owner."""

    sealing: TextSealing
    owner_of: Callable[[State], int]


@dataclass(frozen=True)
class Aggregates(Generic[State, Command]):
    """All aggregates of one type; each lives in the stream `<category>-<id>`. `source` names the service.

    With `texts`, the texts of their users are sealed in the events, and plain in commands and states.

    Recent snapshots are cached. A cached snapshot may be stale, so it counts only if an append at its revision
    succeeds; every other outcome (an error, no events) is decided on the stream itself.
    """

    events: EventStore
    clock: Clock
    category: str
    decider: Decider[State, Command]
    catalog: Catalog
    source: str
    texts: OwnedTexts[State] | None = None
    _cache: LruCache[AggregateSnapshot[State]] = field(
        init=False, repr=False, compare=False, default_factory=LruCache[AggregateSnapshot[State]]
    )
    _queues: WriteQueues = field(init=False, repr=False, compare=False, default_factory=WriteQueues)

    async def handle(self, aggregate_id: object, command: Command, context: CommandContext) -> Handled[State]:
        """Handle a command. Idempotent by `context.command_id`.

        Raises the decider's domain errors, `KeyShredded` for texts of a deleted account, and `StoreUnavailable` on an
        outage or when concurrent commands hold it up for too long (`optimistic_concurrency.MAX_SECONDS`).
        """
        stream = self._stream(aggregate_id)

        async def write() -> Handled[State]:
            if (cached := self._cache.pop(stream)) is not None:
                with suppress(DomainError, WrongExpectedRevision):
                    handled = await self._append_decision(stream, cached, command, context)
                    if handled.events:
                        return handled
            return await self._append_decision(stream, await self._load(stream), command, context)

        return await self._queues.write(stream, write)

    async def create(self, aggregate_id: object, command: Command, context: CommandContext) -> Handled[State]:
        """Handle the first command of a new aggregate without reading; fall back to `handle` if the stream exists."""
        try:
            empty = AggregateSnapshot(self.decider.initial)
            return await self._append_decision(self._stream(aggregate_id), empty, command, context)
        except WrongExpectedRevision:
            return await self.handle(aggregate_id, command, context)

    async def load(self, aggregate_id: object) -> Handled[State]:
        """Return the current state; the revision is `NO_STREAM` when the aggregate does not exist."""
        snapshot = await self._load(self._stream(aggregate_id))
        return Handled(snapshot.state, snapshot.revision)

    async def _append_decision(
        self, stream: str, snapshot: AggregateSnapshot[State], command: Command, context: CommandContext
    ) -> Handled[State]:
        if str(context.command_id) in snapshot.command_ids:
            return Handled(snapshot.state, snapshot.revision)
        events = self.decider.decide(snapshot.state, command)
        if not events:
            return Handled(snapshot.state, snapshot.revision)
        state = snapshot.state
        for event in events:
            state = self.decider.evolve(state, event)
        recorder = await self._recorder(events, state)
        recorded = recorder.record(events, context, stream, snapshot.last)
        revision = await self.events.append(stream, recorded, snapshot.revision)
        # A repeated command may already be stored by another process, with another time in its metadata.
        if context.first_time:
            after = snapshot.after(recorded, stream, state)
            self._cache.put(stream, after, after.size)
        return Handled(state, revision, events, recorder.time if context.first_time else None)

    async def _recorder(self, events: Sequence[Event], state: State) -> Recorder:
        now = self.clock.now()
        if self.texts is None or not any(event.wire_type in SEALED_FIELDS for event in events):
            return Recorder(self.source, now)
        return Recorder(self.source, now, await self.texts.sealing.sealer(self.texts.owner_of(state)))

    async def _load(self, stream: str) -> AggregateSnapshot[State]:
        history = await self.events.read(stream)
        opened = await self.texts.sealing.opened(history) if self.texts else history
        events = [self.catalog.decode(event.type, event.data) for event in opened]
        return snapshot_of(history, self.decider.fold(events))

    def _stream(self, aggregate_id: object) -> str:
        return f"{self.category}-{aggregate_id}"
