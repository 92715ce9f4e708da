"""Progress of the request that arrives on a connection, and when it is overdue."""

from dataclasses import dataclass
from enum import Enum, auto

HEAD_SECONDS = 10.0
"""Time for a new connection to begin a request, and for a head from its first byte to its end."""
BODY_WINDOW_SECONDS = 60.0
BODY_WINDOW_BYTES = 16 * 1024
"""What a body must bring in each window: 273 bytes per second, a tenth of GPRS. It may rest for nearly a minute."""
RESTING_BODY_SECONDS = 1.0
"""A body that has rested so long may be given up for a new connection, when there is no room."""
UNREAD_BODY_SECONDS = 30.0
"""Time for the rest of a body that has been answered already, so that its client comes to read the answer."""


class Phase(Enum):
    """What a connection is in the middle of."""

    NEW = auto()
    """Nothing has arrived yet, or no more than line breaks."""
    HEAD = auto()
    BODY = auto()
    ANSWERED_BODY = auto()
    """The request has been answered, and the rest of its body is ignored."""
    COMPLETE = auto()
    """The request has arrived, and its answer is not complete."""
    IDLE = auto()
    """The request has been answered; another one may come."""


@dataclass(slots=True)
class RequestProgress:
    """The phase of a connection, since when (by the event loop's clock), and what has arrived of a body since then."""

    since: float
    phase: Phase = Phase.NEW
    body_bytes: int = 0
    last_byte_at: float = 0.0

    @property
    def is_arriving(self) -> bool:
        """Whether the head has arrived, and the body not wholly."""
        return self.phase in (Phase.BODY, Phase.ANSWERED_BODY)

    @property
    def is_waiting(self) -> bool:
        """Whether no request is under way: closing the connection loses nothing but an unfinished head."""
        return self.phase in (Phase.NEW, Phase.HEAD, Phase.IDLE)

    def enter(self, phase: Phase, now: float) -> None:
        """Begin a phase."""
        self.phase, self.since, self.body_bytes, self.last_byte_at = phase, now, 0, now

    def body_arrived(self, size: int, now: float) -> None:
        """Count bytes of a body."""
        self.body_bytes += size
        self.last_byte_at = now

    def replaceable_since(self, now: float) -> tuple[bool, float] | None:
        """Return how readily a new connection may replace this one, the smallest first; None when it may not.

        Connections that wait for a request come before bodies that rest.
        """
        if self.is_waiting or self.phase is Phase.ANSWERED_BODY:
            return False, self.since
        if self.phase is Phase.BODY and now - self.last_byte_at > RESTING_BODY_SECONDS:
            return True, self.last_byte_at
        return None

    def is_overdue(self, now: float, keep_alive_seconds: float) -> bool:
        """Return whether the client has had the time of this phase; a window of a body that suffices begins anew."""
        match self.phase:
            case Phase.NEW | Phase.HEAD:
                return now - self.since > HEAD_SECONDS
            case Phase.BODY if now - self.since > BODY_WINDOW_SECONDS:
                is_enough = self.body_bytes >= BODY_WINDOW_BYTES
                self.since, self.body_bytes = now, 0
                return not is_enough
            case Phase.ANSWERED_BODY:
                return now - self.since > UNREAD_BODY_SECONDS
            case Phase.IDLE:
                return now - self.since > keep_alive_seconds
            case _:
                return False
