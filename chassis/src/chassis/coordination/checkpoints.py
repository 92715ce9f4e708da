"""Checkpoints: how far each reader of the event log has come, by the reader's name."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from chassis.ports.document_store import Collection, Document, DocumentStore
from chassis.ports.event_store import START

CHECKPOINTS = Collection("checkpoints")


@dataclass(frozen=True)
class Checkpoints:
    """The positions in the log that were handled. Every method raises `StoreUnavailable`."""

    documents: DocumentStore

    async def load(self, name: str) -> int | None:
        """Return the position of the last event that a reader has handled; None when it has handled none."""
        stored = await self.documents.get(CHECKPOINTS, name)
        return stored.revision if stored else None

    async def load_or_start(self, name: str) -> int:
        """Return the position to read on after: `START` when the reader has handled nothing."""
        position = await self.load(name)
        return START if position is None else position

    async def advance(self, name: str, position: int) -> None:
        """Store a position; one that is not greater than the stored one changes nothing."""
        body = orjson.dumps({"position": position})
        await self.documents.put_newer(CHECKPOINTS, [Document(name, position, body)])

    async def delete(self, names: Sequence[str]) -> None:
        """Delete the checkpoints of readers that are gone."""
        await self.documents.delete(CHECKPOINTS, names)
