"""Repetitions: what happens again and again costs one entry a minute, and anonymous callers a bounded number."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from chassis.security_log.entry import SecurityEntry

MAX_ANONYMOUS = 100
MAX_DISTINCT = 10_000


@dataclass
class Repetitions:
    """The entries of the current minute: the first of its kind is recorded at once, the others are counted.

    Beyond the maximum of distinct entries, further ones are counted by their action alone, so that guessing names or
    changing addresses does not fill the log.
    """

    max_anonymous: int = MAX_ANONYMOUS
    max_distinct: int = MAX_DISTINCT
    _counts: dict[SecurityEntry, int] = field(init=False, default_factory=dict[SecurityEntry, int])
    _anonymous: int = field(init=False, default=0)

    def is_first(self, entry: SecurityEntry, *, anonymous: bool) -> bool:
        """Count an entry; return whether it is to be recorded now."""
        if entry in self._counts:
            self._counts[entry] += 1
            return False
        if len(self._counts) >= self.max_distinct or (anonymous and self._anonymous >= self.max_anonymous):
            others = SecurityEntry(entry.action, reason="others")
            self._counts[others] = self._counts.get(others, 0) + 1
            return False
        self._counts[entry] = 0
        self._anonymous += anonymous
        return True

    def take(self, time: datetime) -> Sequence[SecurityEntry]:
        """Return what was counted since the last call, and begin anew."""
        counted = [replace(entry, count=count, time=time) for entry, count in self._counts.items() if count]
        self._counts.clear()
        self._anonymous = 0
        return counted
