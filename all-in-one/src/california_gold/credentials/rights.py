"""The rights of each service: what it reads and writes in each store. Everything else is refused to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from california_gold_contracts.topics import ANALYSIS, DEAD_LETTERS, FILES, JOBS, TOKENS, USERS, Topic

READ, WRITE = frozenset({"read"}), frozenset({"read", "write"})
SHARED_COLLECTIONS = (
    "leases",
    "checkpoints",
    "parked",
    "delivery-attempts",
    "health-probes",
    "rate-limits",
    "generations",
)
"""What every service writes to: coordination, parked events and limits, by name of the process, group or user."""
_READ_BY_ALL = ("public-keys", "security-log-keys")


@dataclass(frozen=True)
class Rights:
    """The rights of one service.

    `writes_events`: its own, or what clients do there, in the security log.
    `read_models` have versions, and so do those that it `reads` of others. Owners of keys (see `KeyStore`): it reads
    and creates `keys`, reads `read_keys` of others and destroys `shredded_keys` of others. `objects`: the buckets,
    without prefix, with `read` or `write`.
    """

    writes_events: bool = False
    publishes: tuple[Topic, ...] = ()
    consumes: tuple[Topic, ...] = ()
    groups: tuple[str, ...] = ()
    read_models: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    read_keys: tuple[str, ...] = ()
    shredded_keys: tuple[str, ...] = ()
    objects: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])


SERVICES: Mapping[str, Rights] = {
    "identity": Rights(
        writes_events=True,
        publishes=(USERS, TOKENS),
        consumes=(USERS, TOKENS),
        read_models=("users",),
        collections=("public-keys", "security-log-keys"),
        reads=("usage",),
        keys=("user", "identity", "chassis"),
        shredded_keys=("texts",),
    ),
    "storage": Rights(
        writes_events=True,
        publishes=(FILES, DEAD_LETTERS),
        consumes=(USERS, TOKENS),
        groups=("storage",),
        read_models=("files",),
        collections=("file-objects", "deleted-file-owners", "usage", "usage-streams"),
        reads=_READ_BY_ALL,
        keys=("chassis", "texts"),
        objects={"files": WRITE},
    ),
    "jobs-command": Rights(
        writes_events=True,
        publishes=(JOBS, DEAD_LETTERS),
        consumes=(USERS, TOKENS, JOBS, ANALYSIS),
        groups=("jobs-command", "jobs-command-deletions"),
        collections=("job-owners", "deleted-job-owners", "usage", "usage-streams"),
        reads=(*_READ_BY_ALL, "jobs"),
        keys=("chassis", "service", "texts"),
        objects={"jobs": WRITE, "results": WRITE},
    ),
    "jobs-query": Rights(
        writes_events=True,
        publishes=(DEAD_LETTERS,),
        consumes=(USERS, TOKENS, JOBS),
        groups=("jobs-query", "jobs-query-statistics"),
        read_models=("jobs", "job-files"),
        collections=("job-figures", "job-states"),
        reads=_READ_BY_ALL,
        read_keys=("texts",),
        objects={"jobs": READ, "results": READ},
    ),
    "analyzer": Rights(
        publishes=(ANALYSIS, DEAD_LETTERS),
        consumes=(USERS, TOKENS, JOBS),
        groups=("analyzer",),
        collections=("analyzer-earlier-results",),
        reads=_READ_BY_ALL,
        keys=("analyzer",),
        objects={"jobs": READ, "results": WRITE},
    ),
    "notifier": Rights(
        writes_events=True,
        consumes=(USERS, TOKENS, JOBS),
        collections=("socket-places",),
        reads=(*_READ_BY_ALL, "jobs"),
    ),
}
"""Service -> its rights."""

OPERATORS = ("toolbox", "topics")
"""Two more users, who have all rights: `toolbox` for the command line, and in Kafka only `topics`."""
