"""Statistics of one user's jobs, or of the whole system: pure, bounded in size, and any two can be merged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, Field

from california_gold_contracts.jobs import JobStatus
from jobs_query.statistics.counters import Counters
from jobs_query.statistics.transition import Transition, milliseconds


@dataclass(frozen=True)
class Window:
    """The time before a point in time, in whole intervals: between `length` and one interval more."""

    name: str
    length: timedelta
    interval: timedelta

    def since(self, as_of: datetime) -> datetime:
        """Return the beginning of the window that ends at `as_of`."""
        return datetime.fromtimestamp(self.interval_of(milliseconds(as_of - self.length)), UTC)

    def interval_of(self, at_ms: int) -> int:
        """Return the beginning of the interval that a point in time lies in, in seconds since 1970."""
        seconds = int(self.interval.total_seconds())
        return at_ms // 1000 // seconds * seconds

    @property
    def max_intervals(self) -> int:
        """How many intervals are stored: those of the window, and some that a wrong clock may put into the future."""
        return self.length // self.interval + 8


LAST_HOUR = Window("last_hour", timedelta(hours=1), timedelta(minutes=5))
LAST_DAY = Window("last_day", timedelta(days=1), timedelta(hours=1))
WINDOWS: Sequence[Window] = (LAST_HOUR, LAST_DAY)


class Statistics(BaseModel):
    """Current number of jobs by status, and the counters of each window by interval.

    `newest_ms` is the time of the newest event. `counted_revisions`: the last counted revision of the jobs that were
    counted last, so that a redelivered event is not counted twice until the state of its job is stored.
    """

    jobs: dict[JobStatus, int] = Field(default_factory=dict[JobStatus, int])
    intervals: dict[str, dict[int, Counters]] = Field(alias="spans", default_factory=dict[str, dict[int, Counters]])
    newest_ms: int = 0
    counted_revisions: dict[str, int] = Field(alias="counted", default_factory=dict[str, int])

    @classmethod
    def from_json(cls, stored: bytes) -> "Statistics":
        """Return stored statistics."""
        return cls.model_validate_json(stored)

    def as_json(self) -> bytes:
        """Return the statistics as they are stored."""
        return self.model_dump_json(by_alias=True, exclude_defaults=True).encode()

    def count(self, job_id: str, revision: int, transition: Transition) -> None:
        """Count the transition of a job's event, unless it was counted before."""
        if self.counted_revisions.get(job_id, -1) >= revision:
            return
        self.counted_revisions.pop(job_id, None)
        self.counted_revisions[job_id] = revision
        self._add_jobs(transition.before, -1)
        self._add_jobs(transition.after, 1)
        self.newest_ms = max(self.newest_ms, transition.at_ms)
        for window in WINDOWS:
            self._counters(window, window.interval_of(transition.at_ms)).add(transition)

    def prune(self, max_jobs: int) -> None:
        """Discard the counted revisions of all but the latest `max_jobs` jobs, and the oldest intervals."""
        for job_id in list(self.counted_revisions)[:-max_jobs]:
            del self.counted_revisions[job_id]
        for window in WINDOWS:
            intervals = self.intervals.get(window.name, {})
            for interval in sorted(intervals)[: -window.max_intervals]:
                del intervals[interval]

    def merge(self, other: "Statistics") -> None:
        """Add the statistics of another shard: of the same scope, but of other jobs."""
        for status, count in other.jobs.items():
            self._add_jobs(status, count)
        self.newest_ms = max(self.newest_ms, other.newest_ms)
        for window in WINDOWS:
            for interval, counters in other.intervals.get(window.name, {}).items():
                self._counters(window, interval).merge(counters)

    def counters_in(self, window: Window, as_of: datetime) -> Counters:
        """Return the counters of the window that ends at `as_of`."""
        since, until = window.since(as_of).timestamp(), as_of.timestamp()
        total = Counters()
        for interval, counters in self.intervals.get(window.name, {}).items():
            if since <= interval <= until:
                total.merge(counters)
        return total

    def _add_jobs(self, status: JobStatus | None, count: int) -> None:
        if status is not None:
            self.jobs[status] = self.jobs.get(status, 0) + count

    def _counters(self, window: Window, interval: int) -> Counters:
        intervals = self.intervals.setdefault(window.name, {})
        if interval not in intervals:
            intervals[interval] = Counters()
        return intervals[interval]
