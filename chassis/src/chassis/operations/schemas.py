"""Bodies of the routes of parked events."""

from datetime import datetime
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from california_gold_contracts.envelope import Envelope, MalformedEnvelope
from chassis.audit.audited_type import without_sealed
from chassis.messaging.parking import Parked, ParkedState
from chassis.operations import messages


class ParkedEnvelopeOut(BaseModel):
    """What an event says about itself."""

    id: UUID
    type: str = Field(examples=["jobs.job-submitted.v2"])
    time: datetime
    correlation_id: str


class ParkedOut(BaseModel):
    """An event that could not be handled."""

    model_config = ConfigDict(json_schema_extra={"description": messages.PARKED.ru})

    id: str = Field(examples=["jobs-query:california-gold.jobs:3:1234"])
    group: str = Field(description=messages.GROUP.ru, examples=["jobs-query"])
    topic: str = Field(examples=["california-gold.jobs"])
    partition: int
    offset: int
    key: str = Field(examples=["550e8400-e29b-41d4-a716-446655440000"])
    state: ParkedState = Field(description=messages.STATE.ru)
    error: str = Field(description=messages.ERROR.ru, examples=["KeyError"])
    attempts: int
    parked_at: datetime
    event: ParkedEnvelopeOut | None = Field(description=messages.EVENT.ru)

    @classmethod
    def of(cls, parked: Parked) -> "ParkedOut":
        """Show a parked event without its data."""
        message, envelope = parked.message, _envelope(parked)
        return cls(
            id=parked.id,
            group=parked.group,
            topic=message.topic,
            partition=message.partition,
            offset=message.offset,
            key=message.key,
            state=parked.state,
            error=parked.error,
            attempts=parked.attempts,
            parked_at=parked.parked_at,
            event=envelope and ParkedEnvelopeOut.model_validate(envelope, from_attributes=True),
        )


class ParkedWithDataOut(ParkedOut):
    """The same, and the event's data."""

    model_config = ConfigDict(json_schema_extra={"description": messages.PARKED_WITH_DATA.ru})

    data: JsonValue = Field(description=messages.DATA.ru)

    @classmethod
    def of(cls, parked: Parked) -> "ParkedWithDataOut":
        """Show a parked event with its data, but for what is sealed (ADR 39)."""
        return cls(**ParkedOut.of(parked).model_dump(), data=_data(parked))


class DiscardedOut(BaseModel):
    """What was done."""

    message: str = Field(examples=[messages.DISCARDED.ru])


def _envelope(parked: Parked) -> Envelope | None:
    try:
        return parked.message.envelope()
    except MalformedEnvelope:
        return None


def _data(parked: Parked) -> JsonValue:
    """Return the data of an event; None for a message of others, whose texts nobody has sealed."""
    if _envelope(parked) is None:
        return None
    try:
        return without_sealed(orjson.loads(parked.message.value))
    except orjson.JSONDecodeError:
        return None
