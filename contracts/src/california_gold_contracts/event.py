"""What every event is: a frozen fact with a wire name and a version that are written down, never derived."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

LARGEST_EVENT_BYTES = 1_000_000
"""Size of the data of the largest event: what grows beyond it belongs in the object store."""


class Event(BaseModel):
    """A fact. Readers ignore fields they do not know, so that a newer producer does not break them.

    `wire_type` is the CloudEvents `type`: `<owner>.<event>.v<version>`. It never changes once published.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    wire_type: ClassVar[str]


class Value(BaseModel):
    """A part of an event that has no identity of its own."""

    model_config = ConfigDict(frozen=True, extra="ignore")
