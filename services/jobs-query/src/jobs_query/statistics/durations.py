"""Histogram of durations with fixed buckets, so that any two can be merged."""

from math import ceil, log

from pydantic import BaseModel, Field

_GROWTH = 2**0.25
"""Each bucket ends 19 % above the one before: its geometric middle is at most 9 % off any value in it."""
_LARGEST_BUCKET = 140
"""It ends at 400 days; longer durations are counted there too."""


class Durations(BaseModel):
    """Histogram of durations in whole milliseconds, of at most 141 buckets. Count, sum and maximum are exact.

    A percentile is at most 9 %, or a millisecond, off.
    """

    buckets: dict[int, int] = Field(default_factory=dict[int, int])
    total_ms: int = 0
    longest_ms: int = 0

    @property
    def count(self) -> int:
        """The number of durations."""
        return sum(self.buckets.values())

    def add(self, duration_ms: int) -> None:
        """Count one duration."""
        bucket = _bucket(duration_ms)
        self.buckets[bucket] = self.buckets.get(bucket, 0) + 1
        self.total_ms += duration_ms
        self.longest_ms = max(self.longest_ms, duration_ms)

    def merge(self, other: "Durations") -> None:
        """Add the durations of another histogram."""
        for bucket, count in other.buckets.items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + count
        self.total_ms += other.total_ms
        self.longest_ms = max(self.longest_ms, other.longest_ms)

    def percentile(self, share: float) -> float:
        """Estimate the percentile of a `share` (0-1), in milliseconds; 0 without durations."""
        rank = ceil(share * self.count)
        for bucket in sorted(self.buckets):
            rank -= self.buckets[bucket]
            if rank <= 0:
                return min(_GROWTH ** (bucket - 0.5), float(self.longest_ms))
        return 0.0


def _bucket(duration_ms: int) -> int:
    return min(ceil(log(duration_ms, _GROWTH)), _LARGEST_BUCKET) if duration_ms > 1 else 0
