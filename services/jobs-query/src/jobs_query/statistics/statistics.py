"""The statistics of one user's jobs, or of everybody's: pure, bounded in size, and any two can be added."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, Field

from california_gold_contracts.jobs import JobStatus
from jobs_query.statistics.counters import Counters
from jobs_query.statistics.job_state import Transition, milliseconds


@dataclass(frozen=True)
class Window:
    """The time before a moment that is looked at: whole steps, so between `length` and one step more."""

    name: str
    length: timedelta
    step: timedelta

    def since(self, as_of: datetime) -> datetime:
        """Return when the window that ends at a moment begins."""
        return datetime.fromtimestamp(self.step_of(milliseconds(as_of - self.length)), UTC)

    def step_of(self, at_ms: int) -> int:
        """Return the beginning of the step that a moment lies in, in seconds since 1970."""
        seconds = int(self.step.total_seconds())
        return at_ms // 1000 // seconds * seconds

    @property
    def kept(self) -> int:
        """How many steps are kept: those of the window, and some that a wrong clock may have put into the future."""
        return self.length // self.step + 8


LAST_HOUR = Window("last_hour", timedelta(hours=1), timedelta(minutes=5))
LAST_DAY = Window("last_day", timedelta(days=1), timedelta(hours=1))
WINDOWS: Sequence[Window] = (LAST_HOUR, LAST_DAY)


class Statistics(BaseModel):
    """What was counted: `jobs` are those that there are now, by status, `spans` the tallies of each window's steps.

    `newest_ms` is the time of the newest event. `counted` remembers up to which revisions the jobs that came last were
    counted, so that counting them again is harmless until their states are stored.
    """

    jobs: dict[JobStatus, int] = Field(default_factory=dict[JobStatus, int])
    spans: dict[str, dict[int, Counters]] = Field(default_factory=dict[str, dict[int, Counters]])
    newest_ms: int = 0
    counted: dict[str, int] = Field(default_factory=dict[str, int])

    def count(self, job_id: str, revision: int, transition: Transition) -> None:
        """Count what an event of a job changed, unless it was counted before."""
        if self.counted.get(job_id, -1) >= revision:
            return
        self.counted.pop(job_id, None)
        self.counted[job_id] = revision
        self._move(transition.before, -1)
        self._move(transition.after, 1)
        self.newest_ms = max(self.newest_ms, transition.at_ms)
        for window in WINDOWS:
            self._counters(window, window.step_of(transition.at_ms)).add(transition)

    def forget(self, kept: int) -> None:
        """Remember only the `kept` jobs that were counted last, and of each window's steps the newest."""
        for job_id in list(self.counted)[:-kept]:
            del self.counted[job_id]
        for window in WINDOWS:
            steps = self.spans.get(window.name, {})
            for step in sorted(steps)[: -window.kept]:
                del steps[step]

    def absorb(self, other: "Statistics") -> None:
        """Count all that another one counted: the same scope, of other jobs."""
        for status, count in other.jobs.items():
            self.jobs[status] = self.jobs.get(status, 0) + count
        self.newest_ms = max(self.newest_ms, other.newest_ms)
        for window in WINDOWS:
            for step, counters in other.spans.get(window.name, {}).items():
                self._counters(window, step).absorb(counters)

    def within(self, window: Window, as_of: datetime) -> Counters:
        """Return what happened in a window that ends at a moment."""
        since, until = window.since(as_of).timestamp(), as_of.timestamp()
        total = Counters()
        for step, counters in self.spans.get(window.name, {}).items():
            if since <= step <= until:
                total.absorb(counters)
        return total

    def _move(self, status: JobStatus | None, by: int) -> None:
        if status is not None:
            self.jobs[status] = self.jobs.get(status, 0) + by

    def _counters(self, window: Window, step: int) -> Counters:
        steps = self.spans.setdefault(window.name, {})
        if step not in steps:
            steps[step] = Counters()
        return steps[step]
