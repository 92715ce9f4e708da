"""Keeps the statistics of every user and of the system, each event counted once, however often it comes."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import orjson

from california_gold_contracts.envelope import Envelope
from chassis.ports.document_store import Document, DocumentStore
from chassis.ports.event_store import EventStore
from chassis.projections.projector import Projector, View
from jobs_query.statistics.job_state import JobStates, Transition, milliseconds, transition
from jobs_query.statistics.statistics_store import SYSTEM, StatisticsStore, Step, scope_of


@dataclass(frozen=True, slots=True)
class Received:
    """An event with the shard that its job is counted in, and its place in the log that the shard follows, or 0."""

    envelope: Envelope
    shard: int = 0
    offset: int = 0


@dataclass
class Ledger:
    """Counts events, at most `at_once` of them together, in four round trips.

    Statistics are written before the states of the jobs that they are computed from. When the process dies in between,
    the events come again first; the statistics remember the jobs that they counted last, and count them once.
    `not_counted` tells how many events were left out since the process started, and why.
    """

    documents: DocumentStore
    events: EventStore = field(repr=False)
    at_once: int = 500
    not_counted: Counter[str] = field(default_factory=Counter[str], init=False)
    _states: JobStates = field(default_factory=JobStates, init=False)

    async def count(self, envelopes: Sequence[Envelope]) -> None:
        """Count events of jobs where there is one shard."""
        await self.count_received([Received(envelope) for envelope in envelopes])

    async def count_received(self, batch: Sequence[Received]) -> None:
        """Count events of jobs into their shards. A type that nobody knows changes nothing."""
        shards = {one.envelope.subject: one.shard for one in batch}
        offsets = {one.envelope.id: one.offset for one in batch}
        steps: defaultdict[tuple[str, int], list[Step]] = defaultdict(list)
        states: list[Document] = []
        projector = Projector(self._states, self.documents, self.events)
        for stored, unseen in await projector.unseen([one.envelope for one in batch]):
            state, found = self._followed(stored, unseen)
            states.append(state)
            for owner_id, envelope, change in found:
                step = Step(envelope.subject, envelope.revision, change, offsets.get(envelope.id, 0))
                for scope in (scope_of(owner_id), SYSTEM):
                    steps[scope, shards[envelope.subject]].append(step)
        if steps:
            await StatisticsStore(self.documents, self.at_once).add(steps)
        if states:
            await self.documents.put_newer(self._states.collection, states)

    def _followed(
        self, stored: Document | None, unseen: Sequence[Envelope]
    ) -> tuple[Document, Sequence[tuple[int, Envelope, Transition]]]:
        """Return the job's state after these events, and what those of them that count have changed, of whom."""
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
        return self._states.apply(view, self._states.catalog.decode(envelope.type, envelope.data), envelope)
