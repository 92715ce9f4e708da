"""What may be wrong with a log that should never have changed."""

from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """How a stream differs from what was written."""

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
    """One thing that is wrong, where, and how it is known. `revision` is None when all of the stream is meant."""

    kind: FaultKind
    stream: str
    revision: int | None
    sentence: str

    def __str__(self) -> str:
        """Say all of it in a line."""
        place = self.stream if self.revision is None else f"{self.stream} @ {self.revision}"
        return f"{place}: {self.kind}: {self.sentence}"
