"""Changes of read models: documents that follow from a batch of events, written together where that is possible."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chassis.ports.document_store import Document
from chassis.projections.live_documents import Target


@dataclass(frozen=True)
class Changes:
    """The documents of one version of a read model that change; `remember` is called once they are stored."""

    target: Target
    documents: Sequence[Document]
    remember: Callable[[], None]

    def written(self) -> None:
        """Note that the documents are stored."""
        self.remember()
        self.target.written(self.documents)


async def write(changes: Sequence[Changes]) -> None:
    """Write changes in this order: who sees a document sees those before it.

    All go in one write, unless a version is among them that is not live: that one may fail without the others.
    """
    if len(changes) > 1 and all(change.target.live for change in changes):
        await changes[0].target.documents.put_newer_in_order(
            [(change.target.collection, change.documents) for change in changes]
        )
        for change in changes:
            change.written()
    else:
        for change in changes:
            await _write_one(change)


async def _write_one(change: Changes) -> None:
    async with change.target.isolate_failures():
        await change.target.documents.put_newer(change.target.collection, change.documents)
        change.written()
