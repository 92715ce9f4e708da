"""Batch loader (DataLoader): one query for the documents that several callers request in the same event loop turn."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from chassis.ports.document_store import Document

Documents = Mapping[str, Document]
Load = Callable[[Sequence[str]], Awaitable[Documents]]


class BatchLoader:
    """Collects the ids of one event loop turn, then loads them with one query. No caller waits for a larger batch."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._ids: set[str] = set()
        self._batch: asyncio.Task[Documents] | None = None

    async def get(self, document_id: str) -> Document | None:
        """Return a document, None when there is none. Raises what `load` raises."""
        if self._batch is None:
            self._batch = asyncio.create_task(self._load_batch())
            self._batch.add_done_callback(_retrieve_exception)
        self._ids.add(document_id)
        # Shielded: a caller that is cancelled does not cancel the query of the others.
        return (await asyncio.shield(self._batch)).get(document_id)

    async def _load_batch(self) -> Documents:
        ids, self._ids, self._batch = list(self._ids), set(), None
        return await self._load(ids)


def _retrieve_exception(batch: "asyncio.Task[Documents]") -> None:
    """Retrieve the exception, so that asyncio logs none when every caller was cancelled."""
    if not batch.cancelled():
        batch.exception()
