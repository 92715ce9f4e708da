"""Parking: storage for events whose handling failed (a dead-letter queue that keeps the order per key).

Later events of a parked event's key wait behind it. An operator retries or discards it.
"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import orjson

from chassis.ports.clock import Clock
from chassis.ports.document_store import Collection, Document, DocumentStore
from chassis.ports.message_bus import ReceivedMessage

PARKED = Collection("parked", keys=("group", "order"), indexes=(("group", "order"), ("order",)))
ATTEMPTS = Collection("delivery-attempts")
_MAX_LISTED = 10_000


class NothingParked(Exception):
    """No event is parked under this id."""


class WaitsBehindAnother(Exception):
    """The event waits behind a parked event of its key, which has to be retried first."""


class ParkedState(StrEnum):
    """`parked`: failed; `waiting`: behind a parked event of its key; `retry`: released by an operator."""

    PARKED = "parked"
    WAITING = "waiting"
    RETRY = "retry"


@dataclass(frozen=True)
class Parked:
    """A parked or waiting message. `error` is the type of the failure and never contains data of the event."""

    group: str
    message: ReceivedMessage
    state: ParkedState
    error: str
    attempts: int
    parked_at: datetime

    @property
    def id(self) -> str:
        """The id for operators: group, topic, partition and offset."""
        return delivery_id(self.group, self.message)


def delivery_id(group: str, message: ReceivedMessage) -> str:
    """Return the id of the delivery of a message to a group; stable across restarts."""
    return f"{group}:{message.topic}:{message.partition}:{message.offset}"


@dataclass(frozen=True)
class Parking:
    """The parked events of all groups, in the order of their topics."""

    documents: DocumentStore
    clock: Clock

    async def count_attempt(self, group: str, message: ReceivedMessage) -> int:
        """Count a failed attempt, durably; return the number of attempts so far."""
        name = delivery_id(group, message)
        stored = await self.documents.get(ATTEMPTS, name)
        attempts = stored.revision + 1 if stored else 1
        await self.documents.put_newer(ATTEMPTS, [Document(name, attempts, b"{}")])
        return attempts

    async def park(
        self, group: str, message: ReceivedMessage, state: ParkedState, error: str = "", attempts: int = 0
    ) -> Parked:
        """Store a message until an operator decides. Its count of attempts is reset."""
        parked = Parked(group, message, state, error, attempts, self.clock.now())
        existing = await self.documents.get(PARKED, parked.id)
        revision = existing.revision + 1 if existing else 0
        await self.documents.put_newer(PARKED, [_document(parked, revision)])
        await self.documents.delete(ATTEMPTS, [parked.id])
        return parked

    async def of_group(self, group: str) -> Sequence[Parked]:
        """Return the parked events of a group, oldest first."""
        return await self.page(group, 0, _MAX_LISTED)

    async def of_every_group(self) -> Sequence[Parked]:
        """Return the parked events of all groups, oldest first."""
        return await self.page(None, 0, _MAX_LISTED)

    async def page(self, group: str | None, skip: int, limit: int) -> Sequence[Parked]:
        """Return a page of the parked events of a group, or of all groups, in the order of their topics."""
        equal = {} if group is None else {"group": group}
        found = await self.documents.find(PARKED, equal, order="order", skip=skip, limit=limit)
        return [_parked(document) for document in found]

    async def get(self, parked_id: str) -> Parked | None:
        """Return a parked event; None when there is none with this id."""
        stored = await self.documents.get(PARKED, parked_id)
        return _parked(stored) if stored else None

    async def retry(self, parked_id: str) -> Parked:
        """Release an event for a retry, which its consumer makes within a second; a released one stays as it is.

        Raises `NothingParked` and `WaitsBehindAnother`.
        """
        while stored := await self.documents.get(PARKED, parked_id):
            parked = _parked(stored)
            if parked.state is ParkedState.WAITING:
                raise WaitsBehindAnother(parked_id)
            released = replace(parked, state=ParkedState.RETRY)
            # Its consumer may be deleting it, or parking it again: neither is undone.
            if parked.state is ParkedState.RETRY or await self.documents.compare_and_set(
                PARKED, _document(released, stored.revision + 1), stored.revision
            ):
                return released
        raise NothingParked(parked_id)

    async def discard(self, parked_id: str) -> bool:
        """Delete a parked event without handling it. False: there is no such event."""
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
