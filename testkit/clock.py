"""A clock that a test controls."""

from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass
class ManualClock:
    """A clock that stands still until a test sets `time`."""

    time: datetime = field(default_factory=lambda: datetime(2026, 1, 1, tzinfo=UTC))

    def now(self) -> datetime:
        """Return `time`."""
        return self.time
