"""The Kafka topics: who owns each and what it is keyed by."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Topic:
    """A named log of events. Events of one key stay in order."""

    name: str
    owner: str
    key: str


USERS = Topic("california-gold.users", "identity", "user id")
FILES = Topic("california-gold.files", "storage", "file id")
JOBS = Topic("california-gold.jobs", "jobs-command", "job id")
ANALYSIS = Topic("california-gold.analysis", "analyzer", "job id")
DEAD_LETTERS = Topic("california-gold.dead-letters", "chassis", "key of the parked event")

TOPICS = (USERS, FILES, JOBS, ANALYSIS, DEAD_LETTERS)
