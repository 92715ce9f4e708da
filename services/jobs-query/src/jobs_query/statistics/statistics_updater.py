"""Updates the statistics of each user and of the system: exactly once per event, despite redelivery."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import orjson

from california_gold_contracts.envelope import Envelope
from chassis.ports.document_store import Document, DocumentStore
from chassis.ports.event_store import EventStore
from chassis.projections.projector import Projector, View
from jobs_query.statistics.job_states import JobStatesProjection
from jobs_query.statistics.statistics_store import SYSTEM, JobTransition, StatisticsStore, scope_of
from jobs_query.statistics.transition import Transition, milliseconds, transition


@dataclass(frozen=True, slots=True)
class ShardedEvent:
    """An event with the shard that counts its job, and its offset in the partition of that shard, or 0."""

    envelope: Envelope
    shard: int = 0
    offset: int = 0


@dataclass
class StatisticsUpdater:
    """Counts events in batches of at most `max_batch`, in four round trips each.

    Statistics are written before the states of the jobs that they are computed from. When the process dies in between,
    the events are redelivered first; the statistics know the last counted revision of the latest jobs, and count no
    event twice. `not_counted`: number of events skipped since the process started, by reason.
    """

    documents: DocumentStore
    events: EventStore = field(repr=False)
    max_batch: int = 500
    not_counted: Counter[str] = field(default_factory=Counter[str], init=False)
    _states: JobStatesProjection = field(default_factory=JobStatesProjection, init=False)

    async def count(self, envelopes: Sequence[Envelope]) -> None:
        """Count events of jobs in shard 0."""
        await self.count_sharded([ShardedEvent(envelope) for envelope in envelopes])

    async def count_sharded(self, batch: Sequence[ShardedEvent]) -> None:
        """Count events of jobs in their shards. An event of an unknown type is skipped."""
        shards = {event.envelope.subject: event.shard for event in batch}
        offsets = {event.envelope.id: event.offset for event in batch}
        transitions: defaultdict[tuple[str, int], list[JobTransition]] = defaultdict(list)
        states: list[Document] = []
        projector = Projector(self._states, self.documents, self.events)
        for stored, unseen in await projector.unseen([event.envelope for event in batch]):
            state, found = self._applied(stored, unseen)
            states.append(state)
            for owner_id, envelope, change in found:
                counted = JobTransition(envelope.subject, envelope.revision, change, offsets.get(envelope.id, 0))
                for scope in (scope_of(owner_id), SYSTEM):
                    transitions[scope, shards[envelope.subject]].append(counted)
        if transitions:
            await StatisticsStore(self.documents, self.max_batch).add(transitions)
        if states:
            await self.documents.put_newer(self._states.collection, states)

    def _applied(
        self, stored: Document | None, unseen: Sequence[Envelope]
    ) -> tuple[Document, Sequence[tuple[int, Envelope, Transition]]]:
        """Return the job's state after these events, and their transitions with the owner of the job."""
        view: View | None = orjson.loads(stored.body) if stored and stored.body else None
        found: list[tuple[int, Envelope, Transition]] = []
        for envelope in unseen:
            before, view = view, self._after(view, envelope)
            change = transition(before, view, milliseconds(envelope.time))
            if change is not None:
                found.append((cast("int", (view or before or {})["owner_id"]), envelope, change))
        last = unseen[-1]
        return Document(last.subject, last.revision, None if view is None else orjson.dumps(view)), found

    def _after(self, view: View | None, envelope: Envelope) -> View | None:
        if not self._states.catalog.knows(envelope.type):
            self.not_counted["unknown type"] += 1
            return view
        return self._states.apply(view, self._states.catalog.read(envelope), envelope)
