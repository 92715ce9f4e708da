"""A read model that can be rebuilt: its collection, its event streams and its projection."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from california_gold_contracts.catalog import Catalog
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from california_gold_contracts.topics import Topic
from chassis.commands.text_sealing import TextSealing
from chassis.ports.document_store import Collection, DocumentStore, Scalar
from chassis.ports.event_store import EventStore
from chassis.projections.projector import Projection, Projector, View

ProjectEvents = Callable[[Sequence[Envelope]], Awaitable[None]]
"""Projects a batch of events, in the order of their streams. Idempotent: the same events again change nothing."""

ProjectorFactory = Callable[[DocumentStore, EventStore, TextSealing, Collection], ProjectEvents]
"""Returns how to project into a given collection."""


@dataclass(frozen=True)
class ReadModel:
    """What a rebuild needs to know of a read model.

    It follows from the streams of `categories`; `topic` carries the same events, where they are public. The position
    of `checkpoint`, that of the process which follows these streams, shows how far the log goes.
    """

    collection: Collection
    categories: Sequence[str]
    projector: ProjectorFactory
    checkpoint: str
    topic: Topic | None = None

    @property
    def name(self) -> str:
        """The name of the collection, which commands use too."""
        return self.collection.name


class RelocatedProjection:
    """A projection that writes to another collection than its own."""

    def __init__(self, projection: Projection, collection: Collection) -> None:
        self.collection: Collection = collection
        self.catalog: Catalog = projection.catalog
        self._projection = projection

    def apply(self, view: View | None, event: Event, envelope: Envelope) -> View | None:
        """Return the projection's result."""
        return self._projection.apply(view, event, envelope)

    def keys(self, view: View) -> Mapping[str, Scalar]:
        """Return the projection's keys."""
        return self._projection.keys(view)


def projector_factory(projection: Projection) -> ProjectorFactory:
    """Return a factory of projectors of one projection."""
    return lambda documents, events, texts, collection: (
        Projector(RelocatedProjection(projection, collection), documents, events, texts).project
    )
