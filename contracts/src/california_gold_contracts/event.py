"""Base classes of events: immutable, with a wire type that is written down, never derived from a class name."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

LARGEST_EVENT_BYTES = 1_000_000
"""Maximum size of an event's data; larger data belongs in the object store."""


class Event(BaseModel):
    """An event. Readers ignore unknown fields, so that a newer producer does not break them.

    `wire_type` is the CloudEvents `type`: `<owner>.<event>.v<version>`. It never changes once published.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    wire_type: ClassVar[str]


class Value(BaseModel):
    """A value object: a part of an event without an identity of its own."""

    model_config = ConfigDict(frozen=True, extra="ignore")
