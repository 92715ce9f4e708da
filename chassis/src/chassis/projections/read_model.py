"""What can be rebuilt: a read model with all that it takes to make it anew."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from california_gold_contracts.catalog import Catalog
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from california_gold_contracts.topics import Topic
from chassis.ports.document_store import Collection, DocumentStore, Scalar
from chassis.ports.event_store import EventStore
from chassis.projections.projector import Projection, Projector, View

Project = Callable[[Sequence[Envelope]], Awaitable[None]]
Into = Callable[[DocumentStore, EventStore, Collection], Project]
"""How to project into one collection. Events come in order of their streams; the same again changes nothing."""


@dataclass(frozen=True)
class ReadModel:
    """A read model by the name of its collection.

    It follows from the streams of `categories`; `topic` carries the same events, where they are public.
    `follower` names the checkpoint of whoever follows these streams, which tells how far the log goes.
    """

    collection: Collection
    categories: Sequence[str]
    into: Into
    follower: str
    topic: Topic | None = None

    @property
    def name(self) -> str:
        """The name that people call it by."""
        return self.collection.name


class Pinned:
    """A projection into another collection than its own."""

    def __init__(self, projection: Projection, collection: Collection) -> None:
        self.collection: Collection = collection
        self.catalog: Catalog = projection.catalog
        self._projection = projection

    def apply(self, view: View | None, event: Event, envelope: Envelope) -> View | None:
        """Do as the projection does."""
        return self._projection.apply(view, event, envelope)

    def keys(self, view: View) -> Mapping[str, Scalar]:
        """Return the projection's."""
        return self._projection.keys(view)


def projected(projection: Projection) -> Into:
    """Return how a projection projects into a collection."""
    return lambda documents, events, collection: Projector(Pinned(projection, collection), documents, events).project
