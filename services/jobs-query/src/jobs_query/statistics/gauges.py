"""The statistics of the whole system for /metrics; nobody's own are there."""

from collections.abc import Sequence
from datetime import datetime

from california_gold_contracts.jobs import JobStatus
from chassis.runtime.service import Measurement
from jobs_query.statistics.statistics import LAST_HOUR, Statistics


def gauges(statistics: Statistics, as_of: datetime) -> Sequence[Measurement]:
    """Return how many jobs there are by status, and what happened in the last hour, as `GET /stats` reckons it."""
    hour = statistics.within(LAST_HOUR, as_of)
    return [
        *(Measurement("jobs", statistics.jobs.get(status, 0), {"status": status}) for status in JobStatus),
        *(
            Measurement("jobs_ended_last_hour", hour.ended.get(status, 0), {"status": status})
            for status in JobStatus
            if status.ended
        ),
        *(Measurement("jobs_failed_last_hour", n, {"reason": reason}) for reason, n in hour.failures.items()),
        Measurement("jobs_waiting_p95_last_hour_seconds", hour.waiting.percentile(0.95) / 1000),
        Measurement("jobs_running_p95_last_hour_seconds", hour.running.percentile(0.95) / 1000),
    ]
