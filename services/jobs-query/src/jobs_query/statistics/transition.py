"""Transition: what one event of a job means for the statistics."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from california_gold_contracts.jobs import JobStatus
from chassis.projections.projector import View


@dataclass(frozen=True, slots=True)
class Transition:
    """A job's change of status (None: there is no job), and the durations that ended with it.

    Times are milliseconds, `at_ms` since 1970. `waited_ms`: from when the attempt could begin until it began; `ran_ms`:
    from when the attempt began until it ended, however it ended. `reason`: why the job failed.
    """

    at_ms: int
    before: JobStatus | None
    after: JobStatus | None
    waited_ms: int | None = None
    ran_ms: int | None = None
    reason: str | None = None


def transition(before: View | None, after: View | None, at_ms: int) -> Transition | None:
    """Return what led from one state of a job to the next; None when it means nothing for the statistics."""
    old, new = _status(before), _status(after)
    waited = ran = None
    if before and after:
        ready, started = cast("int | None", before["ready_ms"]), cast("int | None", before["started_ms"])
        if ready is not None and started is None and after["started_ms"] is not None:
            waited = max(0, at_ms - ready)
        if started is not None and new and new.ended and old and not old.ended:
            ran = max(0, at_ms - started)
    if old is new and waited is None:
        return None
    reason = cast("str | None", after["reason"]) if after and new is JobStatus.FAILED else None
    return Transition(at_ms, old, new, waited, ran, reason)


def milliseconds(time: datetime) -> int:
    """Return a time as whole milliseconds since 1970."""
    return int(time.timestamp() * 1000)


def _status(view: View | None) -> JobStatus | None:
    return JobStatus(cast("str", view["status"])) if view else None
