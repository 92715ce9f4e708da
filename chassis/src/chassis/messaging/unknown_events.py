"""Unknown events: event types of a newer producer are counted and skipped, never an error."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from california_gold_contracts.catalog import CATALOG
from california_gold_contracts.envelope import Envelope
from chassis.runtime.service import Measurement

_KNOWN = frozenset(CATALOG.wire_types)
_MAX_TYPES = 50
_OTHERS = "others"
_log = structlog.get_logger()


@dataclass
class UnknownEvents:
    """Counts the events of a group whose type or version is not in the contracts of this build.

    Their handler skips them. They remain in the topic and the event store, so that a newer build reads them when it
    rebuilds its read models.
    """

    group: str
    _counts: Counter[str] = field(init=False, default_factory=Counter[str])

    def count(self, envelopes: Sequence[Envelope]) -> None:
        """Count the unknown events; log the first of each type."""
        for envelope in envelopes:
            if envelope.type not in _KNOWN:
                self._count_type(envelope.type)

    def measure(self) -> Sequence[Measurement]:
        """Return the counts by type. That of other types is there from the start: an increase from nothing is none."""
        return [
            Measurement("consumer_unknown_events_total", count, {"group": self.group, "type": name})
            for name, count in {_OTHERS: 0, **self._counts}.items()
        ]

    def _count_type(self, name: str) -> None:
        if name not in self._counts and len(self._counts) >= _MAX_TYPES:
            name = _OTHERS
        if name not in self._counts:
            _log.warning("event_unknown", group=self.group, type=name)
        self._counts[name] += 1
