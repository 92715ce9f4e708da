"""Time that a test moves."""

from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass
class HandWoundClock:
    """A clock that stands still until it is set."""

    time: datetime = field(default_factory=lambda: datetime(2026, 1, 1, tzinfo=UTC))

    def now(self) -> datetime:
        """Return what it was set to."""
        return self.time
