"""UsageCounter: adds up the usage of each user from the streams of one category, in log order.

It reads the event store, with a checkpoint beside the counts: whoever loses one loses both, and all is counted anew.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from california_gold_contracts.catalog import Catalog
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from chassis.coordination.lease import Lease, LeaseLost
from chassis.messaging.catch_up import CatchUp
from chassis.ports.document_store import Document
from chassis.ports.event_store import START, StoreUnavailable
from chassis.ports.infrastructure import Infrastructure
from chassis.quotas.usage import (
    COUNTED_STREAMS,
    USAGE,
    CountedStream,
    Usage,
    counted_stream_document,
    counted_stream_in,
    usage_document,
    usage_id,
    usage_in,
)
from chassis.runtime.service import Worker

_MIN_INTERVAL = timedelta(milliseconds=250)

Count = Callable[[CountedStream | None, Event], CountedStream | None]
"""Returns what a stream adds after an event; None for an event that does not matter."""


@dataclass
class UsageCounter:
    """Counts the streams of `category`; a lease ensures that one process does so at a time.

    Each event counts once. A user's document is at the position of the last event that it counts, so that events which
    are read again change nothing; it is written before the documents of streams, which the next page may rely on.
    """

    infrastructure: Infrastructure
    category: str
    catalog: Catalog
    count: Count
    _catch_up: CatchUp = field(init=False)

    def __post_init__(self) -> None:
        self._catch_up = CatchUp(
            self.infrastructure, self._name, [self.category], self.handle, min_interval=_MIN_INTERVAL
        )

    @property
    def worker(self) -> Worker:
        """The worker that runs this counter."""
        return Worker(self._name, self.run, drain=self._catch_up.worker.drain)

    async def run(self) -> None:
        """Count endlessly. Raises `StoreUnavailable` when a store or the lease is lost."""
        lease = Lease(
            self.infrastructure.documents, self.infrastructure.clock, self._name, self.infrastructure.instance
        )
        try:
            await lease.run(lambda _: self._catch_up.run())
        except LeaseLost:
            raise StoreUnavailable(f"the lease {self._name} was lost") from None

    async def handle(self, envelopes: Sequence[Envelope]) -> None:
        """Count a page of events. Another process that lost the lease may count it, too: then read what it wrote."""
        while not await self._counted(envelopes):
            continue

    async def _counted(self, envelopes: Sequence[Envelope]) -> bool:
        documents = self.infrastructure.documents
        streams = list({envelope.stream for envelope in envelopes})
        stored = await documents.get_many(COUNTED_STREAMS, streams)
        page = _Page(self.category, self.catalog, self.count, stored)
        for envelope in envelopes:
            page.add(envelope)
        users = await documents.get_many(USAGE, [usage_id(owner, self.category) for owner in page.changes])
        for document, expected in page.user_documents(users):
            if not await documents.compare_and_set(USAGE, document, expected):
                return False
        await documents.put_newer(COUNTED_STREAMS, page.stream_documents)
        return True

    @property
    def _name(self) -> str:
        return f"usage:{self.category}"


@dataclass
class _Page:
    """A page of events, on the streams as they were counted before."""

    category: str
    catalog: Catalog
    count: Count
    stored: Mapping[str, Document]
    streams: dict[str, tuple[CountedStream, int]] = field(default_factory=dict[str, tuple[CountedStream, int]])
    changes: defaultdict[int, list[tuple[int, Usage]]] = field(
        default_factory=lambda: defaultdict[int, list[tuple[int, Usage]]](list)
    )
    """By owner: position and change of usage of each event that changes it."""

    def add(self, envelope: Envelope) -> None:
        before, position = self._before(envelope.stream)
        if envelope.position <= position or not self.catalog.knows(envelope.type):
            return
        after = self.count(before, self.catalog.read(envelope))
        if after is None:
            return
        change = after.usage - (before.usage if before else Usage())
        self.changes[after.owner_id].append((envelope.position, change))
        self.streams[envelope.stream] = replace(after, revision=envelope.revision), envelope.position

    def user_documents(self, users: Mapping[str, Document]) -> Sequence[tuple[Document, int | None]]:
        """Return each document that changes, with the revision that it must still have."""
        written: list[tuple[Document, int | None]] = []
        for owner, changes in self.changes.items():
            stored = users.get(usage_id(owner, self.category))
            counted_to = stored.revision if stored else START
            new = [(position, change) for position, change in changes if position > counted_to]
            if new:
                usage = sum((change for _, change in new), usage_in(stored))
                document = usage_document(owner, self.category, usage, new[-1][0])
                written.append((document, stored.revision if stored else None))
        return written

    @property
    def stream_documents(self) -> Sequence[Document]:
        return [
            counted_stream_document(stream, counted, position) for stream, (counted, position) in self.streams.items()
        ]

    def _before(self, stream: str) -> tuple[CountedStream | None, int]:
        if stream in self.streams:
            return self.streams[stream]
        stored = self.stored.get(stream)
        return counted_stream_in(stored), stored.revision if stored else START
