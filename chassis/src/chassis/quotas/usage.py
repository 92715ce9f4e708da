"""Usage: how much a user stores and has waiting, as the read model that each counting service writes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import orjson

from chassis.ports.document_store import Collection, Document, DocumentStore

USAGE = Collection("usage")
"""One document per user and category of streams, `<user id>/<category>`; its revision is a position in the log."""

COUNTED_STREAMS = Collection("usage-streams")
"""What each counted stream adds to its owner's usage; a document's revision is a position in the log, too."""

CATEGORIES = ("file", "job")


@dataclass(frozen=True, slots=True)
class Usage:
    """Bytes and number of stored files (inputs of jobs are files, too), and number of jobs that have not ended."""

    bytes: int = 0
    files: int = 0
    jobs_waiting: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(self.bytes + other.bytes, self.files + other.files, self.jobs_waiting + other.jobs_waiting)

    def as_json(self) -> dict[str, int]:
        """Return the usage as it is stored."""
        return {"bytes": self.bytes, "files": self.files, "jobs_waiting": self.jobs_waiting}

    def __sub__(self, other: "Usage") -> "Usage":
        return Usage(self.bytes - other.bytes, self.files - other.files, self.jobs_waiting - other.jobs_waiting)


@dataclass(frozen=True, slots=True)
class CountedStream:
    """What a stream adds to the usage of its owner, as of its event `revision`: the last one that matters."""

    owner_id: int
    usage: Usage
    revision: int = -1


async def usage_of(documents: DocumentStore, owner_id: int) -> Usage:
    """Return a user's usage as of the events that are counted. Raises `StoreUnavailable`."""
    ids = [usage_id(owner_id, category) for category in CATEGORIES]
    return total(usage_in(document) for document in (await documents.get_many(USAGE, ids)).values())


def total(usages: Iterable[Usage]) -> Usage:
    """Return the sum."""
    return sum(usages, Usage())


def usage_id(owner_id: int, category: str) -> str:
    """Return the id of the document in `USAGE`."""
    return f"{owner_id}/{category}"


def usage_in(document: Document | None) -> Usage:
    """Return what a document of `USAGE` says."""
    return Usage(**orjson.loads(document.body)) if document and document.body else Usage()


def usage_document(owner_id: int, category: str, usage: Usage, position: int) -> Document:
    """Return a document of `USAGE`."""
    return Document(usage_id(owner_id, category), position, orjson.dumps(usage.as_json()))


def counted_stream_in(document: Document | None) -> CountedStream | None:
    """Return what a document of `COUNTED_STREAMS` says."""
    if document is None or document.body is None:
        return None
    body: Mapping[str, int] = orjson.loads(document.body)
    usage = Usage(body["bytes"], body["files"], body["jobs_waiting"])
    return CountedStream(body["owner_id"], usage, body["revision"])


def counted_stream_document(stream: str, counted: CountedStream, position: int) -> Document:
    """Return a document of `COUNTED_STREAMS`."""
    body = {**counted.usage.as_json(), "owner_id": counted.owner_id, "revision": counted.revision}
    return Document(stream, position, orjson.dumps(body))
