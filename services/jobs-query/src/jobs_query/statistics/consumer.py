"""The live statistics as a consumer in the process of the service."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from california_gold_contracts import topics
from chassis.messaging.consumer import Consumer
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.service import Measurement, Worker
from jobs_query.statistics.gauges import gauges
from jobs_query.statistics.queries import StatisticsQueries
from jobs_query.statistics.statistics_store import SYSTEM
from jobs_query.statistics.statistics_updater import StatisticsUpdater

GROUP = "jobs-query-statistics"
_MIN_INTERVAL = timedelta(seconds=1)
"""Minimum time between two batches, in both forms: statistics may be this old."""


def statistics_consumer(infrastructure: Infrastructure) -> Worker:
    """Return the worker that updates the statistics. Only one may run on a document store: it writes one shard."""
    return consumer_of(StatisticsUpdater(infrastructure.documents, infrastructure.events), infrastructure)


def consumer_of(updater: StatisticsUpdater, infrastructure: Infrastructure) -> Worker:
    """Return the worker for an updater, with its measurements."""
    queries = StatisticsQueries(infrastructure.documents)
    consumer = Consumer(
        infrastructure, GROUP, [topics.JOBS], updater.count, max_batch=updater.max_batch, min_interval=_MIN_INTERVAL
    )

    async def measure() -> Sequence[Measurement]:
        statistics = gauges(await queries.of(SYSTEM), infrastructure.clock.now())
        skipped = [Measurement("events_not_counted", n, {"why": why}) for why, n in updater.not_counted.items()]
        return [*await consumer.measure(), *statistics, *skipped]

    return replace(consumer.worker, measure=measure)
