"""The live statistics as a consumer, in the process of the service itself."""

from collections.abc import Sequence
from dataclasses import replace

from california_gold_contracts import topics
from chassis.messaging.consumer import Consumer
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.service import Measurement, Worker
from jobs_query.statistics.gauges import gauges
from jobs_query.statistics.ledger import Ledger
from jobs_query.statistics.queries import StatisticsQueries
from jobs_query.statistics.statistics_store import SYSTEM

GROUP = "jobs-query-statistics"


def statistics_consumer(infrastructure: Infrastructure) -> Worker:
    """Return the worker that counts. Only one may run on a document store: it writes one shard."""
    return counted_by(Ledger(infrastructure.documents, infrastructure.events), infrastructure)


def counted_by(ledger: Ledger, infrastructure: Infrastructure) -> Worker:
    """Return the same with a ledger of one's own."""
    queries = StatisticsQueries(infrastructure.documents)
    consumer = Consumer(infrastructure, GROUP, [topics.JOBS], ledger.count, max_batch=ledger.at_once)

    async def measure() -> Sequence[Measurement]:
        statistics = gauges(await queries.of(SYSTEM), infrastructure.clock.now())
        left_out = [Measurement("events_not_counted", n, {"why": why}) for why, n in ledger.not_counted.items()]
        return [*await consumer.measure(), *statistics, *left_out]

    return replace(consumer.worker, measure=measure)
