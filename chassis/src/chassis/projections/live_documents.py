"""The document store as services see it: under a read model's name stands the generation that is live."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from chassis.ports.document_store import Collection, Document, DocumentStore, Scalar
from chassis.ports.event_store import StoreUnavailable
from chassis.projections.versions import FRESH_SECONDS, Generations, generation


class LiveDocuments:
    """A `DocumentStore` over another. Reads go to the live generation, writes to each that is kept up to date.

    A collection that was never rebuilt has one generation, under its own name.
    """

    def __init__(self, documents: DocumentStore, fresh_seconds: float = FRESH_SECONDS) -> None:
        self.generations = Generations(documents, fresh_seconds)
        self._documents = documents

    async def put_newer(self, collection: Collection, documents: Sequence[Document]) -> None:
        """Write to every generation. For documents that follow from one event; others go through a `Projector`."""
        for number in (await self.generations.state(collection.name)).written:
            await self._documents.put_newer(generation(collection, number), documents)

    async def get(self, collection: Collection, document_id: str) -> Document | None:
        """Return a document, tombstones too."""
        return await self._documents.get(await self._live(collection), document_id)

    async def get_many(self, collection: Collection, ids: Sequence[str]) -> Mapping[str, Document]:
        """Return the documents that exist, tombstones too, by id."""
        return await self._documents.get_many(await self._live(collection), ids)

    async def find(
        self, collection: Collection, equal: Mapping[str, Scalar], *, order: str, skip: int = 0, limit: int = 100
    ) -> Sequence[Document]:
        """Return documents whose keys equal the given ones."""
        return await self._documents.find(await self._live(collection), equal, order=order, skip=skip, limit=limit)

    async def find_as_json(
        self, collection: Collection, equal: Mapping[str, Scalar], *, order: str, skip: int = 0, limit: int = 100
    ) -> bytes:
        """Return the bodies of what `find` returns as one JSON array."""
        live = await self._live(collection)
        return await self._documents.find_as_json(live, equal, order=order, skip=skip, limit=limit)

    async def delete(self, collection: Collection, ids: Sequence[str]) -> None:
        """Remove documents from every generation."""
        for number in (await self.generations.state(collection.name)).written:
            await self._documents.delete(generation(collection, number), ids)

    async def compare_and_set(self, collection: Collection, document: Document, expected: int | None) -> bool:
        """Write the document only when the stored revision is the expected one. For what is no read model."""
        return await self._documents.compare_and_set(await self._live(collection), document, expected)

    async def wait_for(self, collection: Collection, document_id: str, revision: int, timeout: float) -> bool:  # noqa: ASYNC109
        """Wait until the stored revision is at least `revision`, wherever the next read may go."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while True:
            complete = (await self.generations.state(collection.name)).complete
            left = max(0.0, deadline - loop.time())
            # One of two may be dropped while somebody waits for it.
            patience = left if len(complete) == 1 else min(left, self.generations.fresh_seconds)
            stores = [generation(collection, number) for number in complete]
            waits = [self._documents.wait_for(store, document_id, revision, patience) for store in stores]
            if all(await asyncio.gather(*waits)):
                return True
            if loop.time() >= deadline:
                return False

    async def _live(self, collection: Collection) -> Collection:
        return generation(collection, (await self.generations.state(collection.name)).live)


@dataclass(frozen=True)
class Target:
    """One generation to project into."""

    documents: DocumentStore
    collection: Collection
    generations: Generations | None = None
    name: str = ""
    number: int = 0
    live: bool = True

    @asynccontextmanager
    async def spared(self) -> AsyncGenerator[None]:
        """Let the live generation go on whatever becomes of the others: one that fails is spoiled."""
        try:
            yield
        except StoreUnavailable:
            raise
        except Exception:
            if self.live or self.generations is None:
                raise
            await self.generations.spoil(self.name, self.number)


def generations_of(documents: DocumentStore) -> Generations:
    """Return the generations of what is in a document store."""
    return documents.generations if isinstance(documents, LiveDocuments) else Generations(documents)


async def targets(documents: DocumentStore, collection: Collection) -> Sequence[Target]:
    """Return every generation that is to be kept up to date, each apart, in the order to write them."""
    if not isinstance(documents, LiveDocuments):
        return [Target(documents, collection)]
    generations, name = documents.generations, collection.name
    state = await generations.state(name)
    return [
        Target(
            generations.documents,
            generation(collection, number),
            generations,
            name,
            number,
            live=number == state.live,
        )
        for number in state.written
    ]
