"""Where events wait that could not be handled: nothing is dropped silently.

A parked event keeps later events of its key waiting behind it. A person lets it be tried again or discards it.
"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import orjson

from chassis.ports.clock import Clock
from chassis.ports.document_store import Collection, Document, DocumentStore
from chassis.ports.message_bus import ReceivedMessage

PARKED = Collection("parked", keys=("group", "order"), indexes=(("group", "order"), ("order",)))
ATTEMPTS = Collection("delivery-attempts")
_ALL = 10_000


class ParkedState(StrEnum):
    """`parked`: failed; `waiting`: behind one that failed; `retry`: a person wants it tried again."""

    PARKED = "parked"
    WAITING = "waiting"
    RETRY = "retry"


@dataclass(frozen=True)
class Parked:
    """A message that waits, and why. `error` names the kind of failure and never holds the event's data."""

    group: str
    message: ReceivedMessage
    state: ParkedState
    error: str
    attempts: int
    parked_at: datetime

    @property
    def id(self) -> str:
        """What a person calls it by: group, topic, partition and offset."""
        return place(self.group, self.message)


def place(group: str, message: ReceivedMessage) -> str:
    """Return the name of one delivery: the same after a restart."""
    return f"{group}:{message.topic}:{message.partition}:{message.offset}"


@dataclass(frozen=True)
class Parking:
    """The parked events of every group, in the order in which they came."""

    documents: DocumentStore
    clock: Clock

    async def count_attempt(self, group: str, message: ReceivedMessage) -> int:
        """Count one more failed attempt, durably, and return how many there are."""
        name = place(group, message)
        stored = await self.documents.get(ATTEMPTS, name)
        attempts = stored.revision + 1 if stored else 1
        await self.documents.put_newer(ATTEMPTS, [Document(name, attempts, b"{}")])
        return attempts

    async def park(
        self, group: str, message: ReceivedMessage, state: ParkedState, error: str = "", attempts: int = 0
    ) -> Parked:
        """Keep a message until somebody decides. Its attempts are counted from new when it is tried again."""
        parked = Parked(group, message, state, error, attempts, self.clock.now())
        existing = await self.documents.get(PARKED, parked.id)
        revision = existing.revision + 1 if existing else 0
        await self.documents.put_newer(PARKED, [_document(parked, revision)])
        await self.documents.delete(ATTEMPTS, [parked.id])
        return parked

    async def of_group(self, group: str) -> Sequence[Parked]:
        """Return what waits for a group, oldest first."""
        found = await self.documents.find(PARKED, {"group": group}, order="order", limit=_ALL)
        return [_parked(document) for document in found]

    async def of_every_group(self) -> Sequence[Parked]:
        """Return everything that waits, for a person to look at."""
        found = await self.documents.find(PARKED, {}, order="order", limit=_ALL)
        return [_parked(document) for document in found]

    async def get(self, parked_id: str) -> Parked | None:
        """Return one by its id."""
        stored = await self.documents.get(PARKED, parked_id)
        return _parked(stored) if stored else None

    async def retry(self, parked_id: str) -> bool:
        """Ask for another try; the group's consumer sees it within a second. False: there is none of this id."""
        parked = await self.get(parked_id)
        if parked is None:
            return False
        await self.park(parked.group, parked.message, ParkedState.RETRY, parked.error, parked.attempts)
        return True

    async def discard(self, parked_id: str) -> bool:
        """Drop a parked event on a person's word. False: there is none of this id."""
        parked = await self.get(parked_id)
        if parked is not None:
            await self.documents.delete(PARKED, [parked_id])
        return parked is not None


def _document(parked: Parked, revision: int) -> Document:
    body = {
        "group": parked.group,
        "topic": parked.message.topic,
        "partition": parked.message.partition,
        "offset": parked.message.offset,
        "key": parked.message.key,
        "value": b64encode(parked.message.value).decode(),
        "headers": [[name, b64encode(value).decode()] for name, value in parked.message.headers],
        "state": parked.state,
        "error": parked.error,
        "attempts": parked.attempts,
        "parked_at": parked.parked_at.isoformat(),
    }
    order = f"{parked.message.topic}:{parked.message.partition:06}:{parked.message.offset:020}"
    return Document(parked.id, revision, orjson.dumps(body), {"group": parked.group, "order": order})


def _parked(document: Document) -> Parked:
    body = orjson.loads(document.body or b"{}")
    headers = tuple((name, b64decode(value)) for name, value in body["headers"])
    message = ReceivedMessage(
        body["topic"], body["key"], b64decode(body["value"]), headers, body["partition"], body["offset"]
    )
    return Parked(
        body["group"],
        message,
        ParkedState(body["state"]),
        body["error"],
        body["attempts"],
        datetime.fromisoformat(body["parked_at"]),
    )
