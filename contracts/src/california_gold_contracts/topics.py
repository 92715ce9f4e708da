"""The Kafka topics: owner, key and retention of each."""

from dataclasses import dataclass
from datetime import timedelta

LARGEST_MESSAGE_BYTES = 2 * 1024 * 1024
"""Maximum size of a message: the event store refuses events larger than a mebibyte; headers come on top."""


@dataclass(frozen=True)
class Topic:
    """A Kafka topic. Events of one key stay in order.

    `partitions` is the maximum number of consumers of a group that share the work; it never changes, because keys
    would move. `retention` None keeps events for ever; a `compacted` topic keeps the last event of each key instead.
    `largest_bytes` is the maximum size of a message, as the broker counts it.
    """

    name: str
    owner: str
    key: str
    partitions: int = 1
    retention: timedelta | None = None
    compacted: bool = False
    largest_bytes: int = LARGEST_MESSAGE_BYTES


USERS = Topic("california-gold.users", "identity", "user id", partitions=3, compacted=True)
"""Compacted: events carry ids only, and the last event of a user says whether the account exists."""

LONGEST_TOKEN_LIFETIME = timedelta(days=31)
"""Maximum lifetime that an installation may give its access tokens."""

TOKENS = Topic(
    "california-gold.tokens",
    "identity",
    "user id or token id",
    partitions=3,
    retention=LONGEST_TOKEN_LIFETIME + timedelta(days=1),
)
"""Revoked tokens: kept until each of them has expired."""

FILES = Topic("california-gold.files", "storage", "file id", partitions=6)
"""Kept for ever: a new consumer starts at the earliest offset."""

JOBS = Topic("california-gold.jobs", "jobs-command", "job id", partitions=12)
"""Kept for ever: replays and new consumers start at the earliest offset. Twelve analyzers can share it."""

ANALYSIS = Topic("california-gold.analysis", "analyzer", "job id", partitions=12, retention=timedelta(days=7))
"""Kept for a week: jobs-command records what these events mean in its own events."""

DEAD_LETTERS = Topic(
    "california-gold.dead-letters",
    "chassis",
    "key of the parked event",
    retention=timedelta(days=90),
    largest_bytes=2 * LARGEST_MESSAGE_BYTES,
)
"""Parked events, kept for 90 days. Its messages may be larger: each is the original with the reason in its headers."""

TOPICS = (USERS, TOKENS, FILES, JOBS, ANALYSIS, DEAD_LETTERS)
