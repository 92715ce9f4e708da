"""The Kafka topics: who owns each, what it is keyed by, and how it is kept."""

from dataclasses import dataclass
from datetime import timedelta

LARGEST_MESSAGE_BYTES = 2 * 1024 * 1024
"""What a topic takes: the event store refuses events of a megabyte, and an envelope's headers come on top."""


@dataclass(frozen=True)
class Topic:
    """A named log of events. Events of one key stay in order.

    `partitions` is how many consumers of a group can share the work; it is chosen once, because more of them would
    move keys. `retention` is how long events are kept, None for ever; a `compacted` topic keeps the last event of each
    key instead. `largest_bytes` is the size of the largest message, as the broker counts it.
    """

    name: str
    owner: str
    key: str
    partitions: int = 1
    retention: timedelta | None = None
    compacted: bool = False
    largest_bytes: int = LARGEST_MESSAGE_BYTES


USERS = Topic("california-gold.users", "identity", "user id", partitions=3, compacted=True)
"""Compacted: events carry ids only, and the last one of a user says whether there is such a user."""

FILES = Topic("california-gold.files", "storage", "file id", partitions=6)
"""Kept for ever: a new consumer reads what is stored from its beginning."""

JOBS = Topic("california-gold.jobs", "jobs-command", "job id", partitions=12)
"""Kept for ever: replays and new consumers begin at its beginning. Twelve analyzers can share it."""

ANALYSIS = Topic("california-gold.analysis", "analyzer", "job id", partitions=12, retention=timedelta(days=7))
"""Kept for a week: jobs-command makes facts of what analyzers saw, and those are kept in its own events."""

DEAD_LETTERS = Topic(
    "california-gold.dead-letters",
    "chassis",
    "key of the parked event",
    retention=timedelta(days=90),
    largest_bytes=2 * LARGEST_MESSAGE_BYTES,
)
"""Kept for a quarter, to be looked into. It takes more than the others: a letter is a message and why it is there."""

TOPICS = (USERS, FILES, JOBS, ANALYSIS, DEAD_LETTERS)
