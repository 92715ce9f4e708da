"""The port of announcements: where one process writes events and serves their read models, reads wait, not writes."""

from dataclasses import dataclass
from typing import Protocol

from chassis.ports.document_store import Collection, Document


@dataclass(frozen=True, slots=True)
class Announcement:
    """A document that its collection will have shortly: its id, its revision, and the keys by which it is found."""

    collection: Collection
    document: Document
    seconds: float
    """How long a read waits for it."""


class Announcements(Protocol):
    """Documents that follow from events which this process has appended. For the event loop."""

    def announce(self, announcement: Announcement) -> None:
        """Let every read of this process that may find the document wait until it is there."""
        ...
