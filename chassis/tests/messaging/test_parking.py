"""What an operator decides while the consumer is at work on the same parked event."""

from dataclasses import dataclass
from typing import cast

import pytest

from chassis.messaging.parking import PARKED, NothingParked, ParkedState, Parking
from chassis.ports.document_store import Collection, Document, DocumentStore
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import ReceivedMessage
from testkit.letters import parking_of

MESSAGE = ReceivedMessage("topic", "key", b"{}", (), 0, 7)


@dataclass
class HandledMeanwhile:
    """A document store in which the consumer handles the event after an operator has read it."""

    documents: DocumentStore

    async def get(self, collection: Collection, document_id: str) -> Document | None:
        found = await self.documents.get(collection, document_id)
        await self.documents.delete(collection, [document_id])
        return found

    def __getattr__(self, name: str) -> object:
        return getattr(self.documents, name)


async def test_a_retry_does_not_bring_back_what_was_handled_meanwhile(infrastructure: Infrastructure) -> None:
    parked = await parking_of(infrastructure).park("readers", MESSAGE, ParkedState.PARKED, "KeyError", 5)
    documents = cast("DocumentStore", HandledMeanwhile(infrastructure.documents))

    with pytest.raises(NothingParked):
        await Parking(documents, infrastructure.clock).retry(parked.id)
    assert await infrastructure.documents.get(PARKED, parked.id) is None
