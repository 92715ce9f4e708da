"""The hash chain of every stream, followed in log order."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from chassis.commands.recording import chain_hash
from chassis.ports.event_store import NO_STREAM, StoredEvent

Head = tuple[int, str]
"""The newest revision of a stream, and the hash of that event."""

BEFORE_THE_FIRST: Head = (NO_STREAM, "")


def previous_hash(event: StoredEvent) -> str | None:
    """Return the hash that an event carries of the one before it; None when its metadata cannot be read."""
    try:
        carried = orjson.loads(event.metadata)["previous_hash"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    return carried if isinstance(carried, str) else None


def _carries(event: StoredEvent, last_hash: str) -> bool:
    """Whether an event carries this hash: at the end of its metadata, where we write it, or anywhere in it."""
    return event.metadata.endswith(b'"previous_hash":"%b"}' % last_hash.encode()) or previous_hash(event) == last_hash


@dataclass
class Chains:
    """The heads of all streams, and which of them are `broken`, as far as the log was followed."""

    heads: dict[str, Head] = field(default_factory=dict[str, Head])
    broken: set[str] = field(default_factory=set[str])
    count: int = 0

    def follow(self, events: Sequence[StoredEvent]) -> None:
        """Take the next events of the log, in its order."""
        heads = self.heads
        for event in events:
            revision, last_hash = heads.get(event.stream, BEFORE_THE_FIRST)
            if event.revision != revision + 1 or not _carries(event, last_hash):
                self.broken.add(event.stream)
            heads[event.stream] = (event.revision, chain_hash(event))
        self.count += len(events)
