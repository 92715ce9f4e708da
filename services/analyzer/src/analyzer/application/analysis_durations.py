"""Durations of analyses: of an attempt by its outcome, and of its stages, as histograms for /metrics."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

from chassis.runtime.durations import Durations

_BUCKETS = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0)


class AnalysisDurations:
    """The histograms of a process."""

    def __init__(self) -> None:
        self._attempts = Durations("analysis_seconds", "Time of an attempt", ["outcome"], _BUCKETS)
        self._stages = Durations("analysis_stage_seconds", "Time of a stage of an attempt", ["stage"], _BUCKETS)

    @property
    def histograms(self) -> Sequence[Durations]:
        """All of them."""
        return self._attempts, self._stages

    def observe(self, attempt: "AttemptTimer", outcome: str) -> None:
        """Count an attempt that has ended. `outcome`: `completed`, or the code of the failure."""
        self._attempts.observe(attempt.seconds(), outcome=outcome)
        for stage, seconds in attempt.stages.items():
            self._stages.observe(seconds, stage=stage)


@dataclass
class AttemptTimer:
    """The time of one attempt, divided between its stages.

    A report of progress comes when a part of its stage is done, so the time since the report before belongs to that
    stage. Reports are throttled to one a second within a stage: so much may be counted for the next stage.
    """

    stages: defaultdict[str, float] = field(default_factory=lambda: defaultdict[str, float](float))
    _began: float = field(default_factory=perf_counter)
    _reported: float = field(default_factory=perf_counter)

    def report(self, stage: str) -> None:
        """Note that a part of a stage is done."""
        now = perf_counter()
        self.stages[stage] += now - self._reported
        self._reported = now

    def seconds(self) -> float:
        """Return the time since the attempt began."""
        return perf_counter() - self._began
