"""The statistics as documents: one for each scope and shard."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chassis.ports.document_store import Collection, Document, DocumentStore
from jobs_query.statistics.job_state import Transition
from jobs_query.statistics.statistics import Statistics

STATISTICS = Collection("job-figures", keys=("scope", "shard"), indexes=(("scope", "shard"),))
"""A scope's statistics are the sum of its shards: each is written by one counter at a time."""
SYSTEM = "system"


def scope_of(user_id: int) -> str:
    """Return the name of a user's own statistics."""
    return f"user:{user_id}"


@dataclass(frozen=True, slots=True)
class Step:
    """What one event changed: the event's job and revision, and its place in the log that the shard follows, or 0."""

    job_id: str
    revision: int
    transition: Transition
    offset: int = 0


StepsByShard = Mapping[tuple[str, int], Sequence[Step]]


@dataclass(frozen=True)
class StatisticsStore:
    """Adds to the statistics of scopes, which remember the `remembered` jobs that were counted last."""

    documents: DocumentStore
    remembered: int

    async def add(self, steps: StepsByShard) -> None:
        """Count steps into their scopes and shards: one read and one write for all of them."""
        ids = [f"{scope}/{shard}" for scope, shard in steps]
        stored = await self.documents.get_many(STATISTICS, ids)
        changed = [
            self._document(document_id, place, stored.get(document_id), of_place)
            for document_id, (place, of_place) in zip(ids, steps.items(), strict=True)
        ]
        await self.documents.put_newer(STATISTICS, changed)

    def _document(
        self, document_id: str, place: tuple[str, int], stored: Document | None, steps: Sequence[Step]
    ) -> Document:
        statistics = Statistics.model_validate_json(stored.body) if stored and stored.body else Statistics()
        for step in steps:
            statistics.count(step.job_id, step.revision, step.transition)
        statistics.forget(self.remembered)
        # The offset of the last event: every process computes the same statistics for an offset, so it does not matter
        # whose write comes last. Without an offset, or when the topic was recreated: one more than before.
        revision = max(stored.revision + 1 if stored else 0, *(step.offset for step in steps))
        keys = {"scope": place[0], "shard": place[1]}
        return Document(document_id, revision, statistics.model_dump_json(exclude_defaults=True).encode(), keys)
