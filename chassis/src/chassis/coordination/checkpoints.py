"""Checkpoints: the log position of the last handled event, by the name of the reader."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from chassis.ports.document_store import Collection, Document, DocumentStore
from chassis.ports.event_store import START

CHECKPOINTS = Collection("checkpoints")


@dataclass(frozen=True)
class Checkpoints:
    """Stored checkpoints. Every method raises `StoreUnavailable` on an outage."""

    documents: DocumentStore

    async def load(self, name: str) -> int | None:
        """Return the position of the last event that a reader handled; None when there is no checkpoint."""
        stored = await self.documents.get(CHECKPOINTS, name)
        return stored.revision if stored else None

    async def load_or_start(self, name: str) -> int:
        """Return the position to resume after: `START` when there is no checkpoint."""
        position = await self.load(name)
        return START if position is None else position

    async def advance(self, name: str, position: int) -> None:
        """Store a position, unless the stored one is greater or equal."""
        body = orjson.dumps({"position": position})
        await self.documents.put_newer(CHECKPOINTS, [Document(name, position, body)])

    async def delete(self, names: Sequence[str]) -> None:
        """Delete the checkpoints of readers that no longer exist."""
        await self.documents.delete(CHECKPOINTS, names)
