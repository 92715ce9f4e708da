"""Hash chains of all streams: each event carries the hash of the previous event of its stream."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from chassis.commands.recording import chain_hash
from chassis.ports.event_store import NO_STREAM, StoredEvent

Head = tuple[int, str]
"""The head of a stream: its newest revision, and the hash of that event."""

EMPTY_STREAM: Head = (NO_STREAM, "")


def previous_hash(event: StoredEvent) -> str | None:
    """Return the previous event's hash that an event carries; None when its metadata is unreadable."""
    try:
        carried = orjson.loads(event.metadata)["previous_hash"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    return carried if isinstance(carried, str) else None


def _has_previous_hash(event: StoredEvent, last_hash: str) -> bool:
    """Return whether an event carries this hash. Fast path: it is at the end of the metadata, where we write it."""
    return event.metadata.endswith(b'"previous_hash":"%b"}' % last_hash.encode()) or previous_hash(event) == last_hash


@dataclass
class HashChains:
    """The heads of all streams and the streams with a broken chain, after the events added so far."""

    heads: dict[str, Head] = field(default_factory=dict[str, Head])
    broken: set[str] = field(default_factory=set[str])
    count: int = 0

    def add(self, events: Sequence[StoredEvent]) -> None:
        """Verify the next events, in log order."""
        heads = self.heads
        for event in events:
            revision, last_hash = heads.get(event.stream, EMPTY_STREAM)
            if event.revision != revision + 1 or not _has_previous_hash(event, last_hash):
                self.broken.add(event.stream)
            heads[event.stream] = (event.revision, chain_hash(event))
        self.count += len(events)
