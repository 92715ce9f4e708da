"""Events of a newer producer: kept where they are, counted and shown, never fatal."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from california_gold_contracts.catalog import CATALOG
from california_gold_contracts.envelope import Envelope
from chassis.runtime.service import Measurement

_KNOWN = frozenset(CATALOG.wire_types)
_MOST_TYPES = 50
_OTHERS = "others"
_log = structlog.get_logger()


@dataclass
class UnknownEvents:
    """How many events a group was given whose type or version this build's contracts do not have.

    Their handler passes them over. They stay in the topic and the event store: a newer build reads them again when it
    rebuilds its read models.
    """

    group: str
    _counts: Counter[str] = field(init=False, default_factory=Counter[str])

    def look_at(self, envelopes: Sequence[Envelope]) -> None:
        """Count those that are unknown; the first of each type is logged."""
        for envelope in envelopes:
            if envelope.type not in _KNOWN:
                self._count(envelope.type)

    def measure(self) -> Sequence[Measurement]:
        """Tell how many there were of each type."""
        return [
            Measurement("consumer_unknown_events_total", count, {"group": self.group, "type": name})
            for name, count in self._counts.items()
        ]

    def _count(self, name: str) -> None:
        if name not in self._counts and len(self._counts) >= _MOST_TYPES:
            name = _OTHERS
        if name not in self._counts:
            _log.warning("event_unknown", group=self.group, type=name)
        self._counts[name] += 1
