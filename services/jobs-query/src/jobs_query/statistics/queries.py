"""Queries for the live statistics of a user's jobs, or of the whole system."""

from dataclasses import dataclass

from chassis.ports.document_store import DocumentStore
from jobs_query.statistics.statistics import Statistics
from jobs_query.statistics.statistics_store import STATISTICS

_MAX_SHARDS = 10_000


@dataclass(frozen=True)
class StatisticsQueries:
    """Reads statistics, however many processes count them."""

    documents: DocumentStore

    async def of(self, scope: str) -> Statistics:
        """Return the statistics of a scope: the sum of its shards."""
        total = Statistics()
        for shard in await self.documents.find(STATISTICS, {"scope": scope}, order="shard", limit=_MAX_SHARDS):
            total.merge(Statistics.from_json(shard.body or b"{}"))
        return total
