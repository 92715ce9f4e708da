"""The live statistics: what was counted of a user's jobs, or of everybody's."""

from dataclasses import dataclass

from chassis.ports.document_store import DocumentStore
from jobs_query.statistics.figures import Figures
from jobs_query.statistics.figures_store import FIGURES

_MOST_SHARDS = 10_000


@dataclass(frozen=True)
class Statistics:
    """Reads figures; whoever counts them, and how many share that work, makes no difference here."""

    documents: DocumentStore

    async def of(self, scope: str) -> Figures:
        """Return the figures of a scope, all shards together."""
        total = Figures()
        for shard in await self.documents.find(FIGURES, {"scope": scope}, order="shard", limit=_MOST_SHARDS):
            total.absorb(Figures.model_validate_json(shard.body or b"{}"))
        return total
