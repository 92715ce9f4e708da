"""The live statistics: what was counted of a user's jobs, or of everybody's."""

from dataclasses import dataclass

from chassis.ports.document_store import DocumentStore
from jobs_query.statistics.statistics import Statistics
from jobs_query.statistics.statistics_store import STATISTICS

_MOST_SHARDS = 10_000


@dataclass(frozen=True)
class StatisticsQueries:
    """Reads statistics; whoever counts them, and how many share that work, makes no difference here."""

    documents: DocumentStore

    async def of(self, scope: str) -> Statistics:
        """Return the statistics of a scope, all shards together."""
        total = Statistics()
        for shard in await self.documents.find(STATISTICS, {"scope": scope}, order="shard", limit=_MOST_SHARDS):
            total.absorb(Statistics.model_validate_json(shard.body or b"{}"))
        return total
