"""Gauges of the whole system for /metrics; no user's own statistics are among them."""

from collections.abc import Sequence
from datetime import datetime

from california_gold_contracts.jobs import JobStatus
from chassis.runtime.service import Measurement
from jobs_query.statistics.statistics import LAST_HOUR, Statistics


def gauges(statistics: Statistics, as_of: datetime) -> Sequence[Measurement]:
    """Return the number of jobs by status, and the counters of the last hour, as `GET /stats` computes them."""
    hour = statistics.counters_in(LAST_HOUR, as_of)
    return [
        *(Measurement("jobs", statistics.jobs.get(status, 0), {"status": status}) for status in JobStatus),
        *(
            Measurement("jobs_ended_last_hour", hour.ended.get(status, 0), {"status": status})
            for status in JobStatus
            if status.ended
        ),
        *(Measurement("jobs_failed_last_hour", count, {"reason": reason}) for reason, count in hour.failures.items()),
        Measurement("jobs_waiting_p95_last_hour_seconds", hour.waiting.percentile(0.95) / 1000),
        Measurement("jobs_running_p95_last_hour_seconds", hour.running.percentile(0.95) / 1000),
    ]
