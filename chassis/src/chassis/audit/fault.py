"""Faults: differences of the log from what was written."""

from dataclasses import dataclass
from enum import StrEnum


class FaultType(StrEnum):
    """The type of a difference."""

    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    SWAPPED = "swapped"
    TRUNCATED = "truncated"
    STREAM_GONE = "stream gone"
    STREAM_INSERTED = "stream inserted"
    ROOT_DIFFERS = "root differs"


@dataclass(frozen=True)
class Fault:
    """One difference, with its location; `revision` is None when it concerns the whole stream."""

    type: FaultType
    stream: str
    revision: int | None
    explanation: str

    def __str__(self) -> str:
        """Return the fault as one line."""
        location = self.stream if self.revision is None else f"{self.stream} @ {self.revision}"
        return f"{location}: {self.type}: {self.explanation}"
