"""Slot: the place of one open WebSocket among those of its client, with the document that other processes see."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import orjson

from chassis.ports.document_store import Collection, Document

SLOTS = Collection("socket-places", keys=("ends",), indexes=(("ends",),))


@dataclass(eq=False)
class Slot:
    """A slot and its socket.

    `id` is None when the socket is not counted. `waits_since` is the time from which the socket waits for a job that
    does not exist: from then on another socket may take the slot, and `give_way` then ends this one.
    """

    id: str | None = None
    revision: int = 0
    waits_since: float | None = None
    give_way: Callable[[], None] | None = None

    def document(self, holder: str, ends: float) -> Document:
        """Return the document of a counted slot, held by a process until its lease ends."""
        body = {"holder": holder, "ends": ends, "waits_since": self.waits_since}
        return Document(self.id or "", self.revision, orjson.dumps(body), {"ends": ends})


def holder_of(document: Document) -> str:
    """Return the process that holds a slot."""
    return orjson.loads(document.body or b"{}")["holder"]


def longest_waiting_first(documents: Iterable[Document]) -> Sequence[str]:
    """Return the slots whose sockets wait for a job that does not exist, the oldest first."""
    since = {document.id: orjson.loads(document.body or b"{}").get("waits_since") for document in documents}
    waiting = [slot for slot in since if since[slot] is not None]
    return sorted(waiting, key=since.__getitem__)
