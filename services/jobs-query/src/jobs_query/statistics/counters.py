"""What happened in a span of time."""

from pydantic import BaseModel, Field

from california_gold_contracts.jobs import JobStatus
from jobs_query.statistics.durations import Durations
from jobs_query.statistics.job_state import Transition

OTHER = "OTHER"
"""Stands for the reasons beyond the number that is told apart."""
_MOST_REASONS = 32


class Counters(BaseModel):
    """Counts of a span: jobs submitted, jobs that ended, by how, failures by reason, and durations that ended in it."""

    submitted: int = 0
    ended: dict[JobStatus, int] = Field(default_factory=dict[JobStatus, int])
    failures: dict[str, int] = Field(default_factory=dict[str, int])
    waiting: Durations = Field(default_factory=Durations)
    running: Durations = Field(default_factory=Durations)

    def add(self, transition: Transition) -> None:
        """Count what one event changed."""
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

    def absorb(self, other: "Counters") -> None:
        """Count all that another one counted."""
        self.submitted += other.submitted
        for status, count in other.ended.items():
            self.ended[status] = self.ended.get(status, 0) + count
        for reason, count in other.failures.items():
            self._add_failures(reason, count)
        self.waiting.absorb(other.waiting)
        self.running.absorb(other.running)

    def _add_failures(self, reason: str, count: int) -> None:
        known = reason in self.failures or len(self.failures) < _MOST_REASONS
        told = reason if known else OTHER
        self.failures[told] = self.failures.get(told, 0) + count
