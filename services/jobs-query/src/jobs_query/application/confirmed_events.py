"""Confirmation of events before the read models hide a job, or open objects to its owner, because of them."""

from collections.abc import Sequence
from uuid import UUID

from california_gold_contracts import catalog
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from california_gold_contracts.job_objects import job_of, object_keys
from california_gold_contracts.jobs import JobDeleted
from chassis.messaging.confirmation import Confirmation, unconfirmed


async def confirm_events(envelopes: Sequence[Envelope], confirmation: Confirmation) -> None:
    """Confirm deletions, and events that refer to objects of another job: they must be stored, with the same objects.

    Other events cost nothing: those of a job refer to its own objects. Raises `UnconfirmedEvent`.
    """
    for envelope in envelopes:
        event = catalog.JOBS.read(envelope) if catalog.JOBS.knows(envelope.type) else None
        if event is not None and (isinstance(event, JobDeleted) or _refers_to_others(event, envelope.subject)):
            stored = await confirmation.confirm(envelope, f"job-{envelope.subject}")
            original = _event(stored.type, stored.data)
            if original is None or object_keys(original) != object_keys(event):
                raise unconfirmed(envelope)


def _refers_to_others(event: Event, subject: str) -> bool:
    return any(job_of(key) != UUID(subject) for key in object_keys(event))


def _event(wire_type: str, data: bytes) -> Event | None:
    return catalog.JOBS.decode(wire_type, data) if catalog.JOBS.knows(wire_type) else None
