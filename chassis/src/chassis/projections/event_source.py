"""The sources that a read model can be rebuilt from."""

from enum import StrEnum


class EventSource(StrEnum):
    """Where the events of a rebuild come from."""

    STORE = "store"
    TOPIC = "topic"
