"""Stored statistics: one document for each scope and shard."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chassis.ports.document_store import Collection, Document, DocumentStore
from jobs_query.statistics.statistics import Statistics
from jobs_query.statistics.transition import Transition

STATISTICS = Collection("job-figures", keys=("scope", "shard"), indexes=(("scope", "shard"),))
"""The statistics of a scope are the sum of its shards; each shard has one writer at a time."""
SYSTEM = "system"


def scope_of(user_id: int) -> str:
    """Return the scope of a user's own statistics."""
    return f"user:{user_id}"


@dataclass(frozen=True, slots=True)
class JobTransition:
    """The transition of one event, with its job and revision and its offset in the partition of the shard, or 0."""

    job_id: str
    revision: int
    transition: Transition
    offset: int = 0


TransitionsByShard = Mapping[tuple[str, int], Sequence[JobTransition]]
"""Keys: scope and shard."""


@dataclass(frozen=True)
class StatisticsStore:
    """Adds transitions to the statistics, which keep the last counted revision of the `max_remembered` latest jobs."""

    documents: DocumentStore
    max_remembered: int

    async def add(self, transitions: TransitionsByShard) -> None:
        """Count transitions in their scopes and shards: one read and one write for all of them."""
        ids = [f"{scope}/{shard}" for scope, shard in transitions]
        stored = await self.documents.get_many(STATISTICS, ids)
        changed = [
            self._document(document_id, key, stored.get(document_id), added)
            for document_id, (key, added) in zip(ids, transitions.items(), strict=True)
        ]
        await self.documents.put_newer(STATISTICS, changed)

    def _document(
        self, document_id: str, key: tuple[str, int], stored: Document | None, added: Sequence[JobTransition]
    ) -> Document:
        statistics = Statistics.from_json(stored.body) if stored and stored.body else Statistics()
        for transition in added:
            statistics.count(transition.job_id, transition.revision, transition.transition)
        statistics.prune(self.max_remembered)
        # The offset of the last event: every process computes the same statistics for an offset, so it does not matter
        # whose write comes last. Without an offset, or when the topic was recreated: one more than before.
        revision = max(stored.revision + 1 if stored else 0, *(transition.offset for transition in added))
        return Document(document_id, revision, statistics.as_json(), {"scope": key[0], "shard": key[1]})
