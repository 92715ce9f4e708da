"""Counters of one period of time."""

from pydantic import BaseModel, Field

from california_gold_contracts.jobs import JobStatus
from jobs_query.statistics.durations import Durations
from jobs_query.statistics.transition import Transition

OTHER = "OTHER"
"""Stands for the reasons beyond the first `_MAX_REASONS`."""
_MAX_REASONS = 32


class Counters(BaseModel):
    """Jobs submitted, jobs ended by status, failures by reason, and the durations that ended in the period."""

    submitted: int = 0
    ended: dict[JobStatus, int] = Field(default_factory=dict[JobStatus, int])
    failures: dict[str, int] = Field(default_factory=dict[str, int])
    waiting: Durations = Field(default_factory=Durations)
    running: Durations = Field(default_factory=Durations)

    def add(self, transition: Transition) -> None:
        """Count the transition of one event."""
        before, after = transition.before, transition.after
        if after and before is None:
            self.submitted += 1
        if after and after.ended and before and not before.ended:
            self.ended[after] = self.ended.get(after, 0) + 1
        if transition.reason is not None:
            self._add_failures(transition.reason, 1)
        if transition.waited_ms is not None:
            self.waiting.add(transition.waited_ms)
        if transition.ran_ms is not None:
            self.running.add(transition.ran_ms)

    def merge(self, other: "Counters") -> None:
        """Add the counters of another period or shard."""
        self.submitted += other.submitted
        for status, count in other.ended.items():
            self.ended[status] = self.ended.get(status, 0) + count
        for reason, count in other.failures.items():
            self._add_failures(reason, count)
        self.waiting.merge(other.waiting)
        self.running.merge(other.running)

    def _add_failures(self, reason: str, count: int) -> None:
        known = reason in self.failures or len(self.failures) < _MAX_REASONS
        label = reason if known else OTHER
        self.failures[label] = self.failures.get(label, 0) + count
