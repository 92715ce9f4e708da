"""The document store that services use: the name of a read model stands for its live version."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from chassis.ports.document_store import Collection, Document, DocumentStore, Scalar
from chassis.ports.event_store import StoreUnavailable
from chassis.projections.announced_documents import AnnouncedDocuments
from chassis.projections.versions import MAX_AGE_SECONDS, ReadModelVersions, version_collection


class LiveDocuments:
    """A `DocumentStore` decorator: reads go to the live version, writes to every version that is kept up to date.

    A collection that was never rebuilt has one version, under its own name. Reads wait for documents that this process
    has announced; a projector does not, because it reads the versions themselves.
    """

    def __init__(self, documents: DocumentStore, max_age_seconds: float = MAX_AGE_SECONDS) -> None:
        self.versions = ReadModelVersions(documents, max_age_seconds)
        self.announced = AnnouncedDocuments()
        self._documents = documents

    async def put_newer(self, collection: Collection, documents: Sequence[Document]) -> None:
        """Write to every version. For documents that follow from one event; others go through a `Projector`."""
        for number in (await self.versions.state(collection.name)).written:
            await self._documents.put_newer(version_collection(collection, number), documents)

    async def put_newer_in_order(self, writes: Sequence[tuple[Collection, Sequence[Document]]]) -> None:
        """Write to every version of each collection."""
        await self._documents.put_newer_in_order(
            [
                (version_collection(collection, number), documents)
                for collection, documents in writes
                for number in (await self.versions.state(collection.name)).written
            ]
        )

    async def get(self, collection: Collection, document_id: str) -> Document | None:
        """Return a document, tombstones too."""
        await self.announced.wait_for_ids(self, collection, (document_id,))
        return await self._documents.get(await self._live(collection), document_id)

    async def get_many(self, collection: Collection, ids: Sequence[str]) -> Mapping[str, Document]:
        """Return the documents that exist, tombstones too, by id."""
        await self.announced.wait_for_ids(self, collection, ids)
        return await self._documents.get_many(await self._live(collection), ids)

    async def find(
        self, collection: Collection, equal: Mapping[str, Scalar], *, order: str, skip: int = 0, limit: int = 100
    ) -> Sequence[Document]:
        """Return documents whose keys equal the given ones."""
        await self.announced.wait_for_keys(self, collection, equal)
        return await self._documents.find(await self._live(collection), equal, order=order, skip=skip, limit=limit)

    async def find_as_json(
        self, collection: Collection, equal: Mapping[str, Scalar], *, order: str, skip: int = 0, limit: int = 100
    ) -> bytes:
        """Return the bodies of what `find` returns as one JSON array."""
        await self.announced.wait_for_keys(self, collection, equal)
        live = await self._live(collection)
        return await self._documents.find_as_json(live, equal, order=order, skip=skip, limit=limit)

    async def delete(self, collection: Collection, ids: Sequence[str]) -> None:
        """Remove documents from every version."""
        for number in (await self.versions.state(collection.name)).written:
            await self._documents.delete(version_collection(collection, number), ids)

    async def compare_and_set(self, collection: Collection, document: Document, expected: int | None) -> bool:
        """Write the document only when the stored revision is the expected one. Not for read models."""
        return await self._documents.compare_and_set(await self._live(collection), document, expected)

    async def wait_for(self, collection: Collection, document_id: str, revision: int, timeout: float) -> bool:  # noqa: ASYNC109
        """Wait until the stored revision is at least `revision` in every version that the next read may go to."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while True:
            complete = (await self.versions.state(collection.name)).complete
            left = max(0.0, deadline - loop.time())
            # One of two versions may be dropped while a caller waits for it.
            attempt_timeout = left if len(complete) == 1 else min(left, self.versions.max_age_seconds)
            stores = [version_collection(collection, number) for number in complete]
            waits = [self._documents.wait_for(store, document_id, revision, attempt_timeout) for store in stores]
            if all(await asyncio.gather(*waits)):
                return True
            if loop.time() >= deadline:
                return False

    async def _live(self, collection: Collection) -> Collection:
        return version_collection(collection, (await self.versions.state(collection.name)).live)


@dataclass(frozen=True)
class Target:
    """One read model version to project into."""

    documents: DocumentStore
    collection: Collection
    versions: ReadModelVersions | None = None
    name: str = ""
    number: int = 0
    live: bool = True
    announced: AnnouncedDocuments | None = None

    def written(self, documents: Sequence[Document]) -> None:
        """Note that documents are stored: reads which wait for them need not ask."""
        if self.live and self.announced is not None:
            self.announced.written(self.name, documents)

    @asynccontextmanager
    async def isolate_failures(self) -> AsyncGenerator[None]:
        """Isolate failures: a version that is not live and fails is marked `failed` and never promoted."""
        try:
            yield
        except StoreUnavailable:
            raise
        except Exception:
            if self.live or self.versions is None:
                raise
            await self.versions.mark_failed(self.name, self.number)


def versions_of(documents: DocumentStore) -> ReadModelVersions:
    """Return the read model versions in a document store."""
    return documents.versions if isinstance(documents, LiveDocuments) else ReadModelVersions(documents)


async def targets(documents: DocumentStore, collection: Collection) -> Sequence[Target]:
    """Return every version that is to be kept up to date, in the order to write them."""
    if not isinstance(documents, LiveDocuments):
        return [Target(documents, collection)]
    versions, name = documents.versions, collection.name
    state = await versions.state(name)
    return [
        Target(
            versions.documents,
            version_collection(collection, number),
            versions,
            name,
            number,
            live=number == state.live,
            announced=documents.announced,
        )
        for number in state.written
    ]
