"""Prometheus metrics: requests, durations of workers, and the samples that are measured on each scrape."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

import structlog
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from chassis.runtime.durations import PREFIX
from chassis.runtime.service import Measure, Measurement, Worker

_MEASURE_TIMEOUT = 5.0
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_log = structlog.get_logger()


class Telemetry(Collector):
    """The metrics of one application: of requests, of workers, and of further `measures`, by a name for the log.

    `content_type` is the media type of `render`.
    """

    content_type = "text/plain; version=0.0.4; charset=utf-8"

    def __init__(self, workers: Sequence[Worker] = (), measures: Mapping[str, Measure] | None = None) -> None:
        disable_created_metrics()  # it would export a second series, `_created`, for each of these
        self._registry = CollectorRegistry()
        self._requests = Counter(
            f"{PREFIX}requests", "Requests answered", ["method", "route", "status"], registry=self._registry
        )
        self._durations = Histogram(
            f"{PREFIX}request_seconds",
            "Time to answer",
            ["method", "route"],
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._refused_connections = Counter(
            f"{PREFIX}connections_refused", "Connections closed by a limit", ["reason"], registry=self._registry
        )
        self._series: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        measured = {worker.name: worker.measure for worker in workers if worker.measure is not None}
        self._measures: Mapping[str, Measure] = {**measured, **(measures or {})}
        self._measurements: Sequence[Measurement] = ()
        for durations in [each for worker in workers for each in worker.durations]:
            self._registry.register(durations.collector)
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request, labelled with the template of its route."""
        labels = method, route, status
        series = self._series.get(labels)
        if series is None:  # finding them costs more than counting
            series = self._series[labels] = self._requests.labels(*labels), self._durations.labels(method, route)
        requests, durations = series
        requests.inc()
        durations.observe(seconds)

    def count_refused_connection(self, reason: str) -> None:
        """Count a connection that a limit closed; `reason` is one of a few words."""
        self._refused_connections.labels(reason).inc()

    async def render(self) -> bytes:
        """Return all metrics in the Prometheus text format, without those that cannot be measured now."""
        await self._measure_all()
        return generate_latest(self._registry)

    async def metrics(self) -> Sequence[Metric]:
        """Return the same metrics as values."""
        await self._measure_all()
        return list(self._registry.collect())

    async def _measure_all(self) -> None:
        measured = await asyncio.gather(*(_measured(name, measure) for name, measure in self._measures.items()))
        self._measurements = [measurement for measurements in measured for measurement in measurements]

    def collect(self) -> Iterable[Metric]:
        """Return the last samples (called by the registry)."""
        return _families(self._measurements)


def _families(measurements: Sequence[Measurement]) -> Iterable[Metric]:
    families: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
    for measurement in measurements:
        names = sorted(measurement.labels)
        if measurement.name not in families:
            family = CounterMetricFamily if measurement.name.endswith("_total") else GaugeMetricFamily
            families[measurement.name] = family(PREFIX + measurement.name, measurement.name, labels=names)
        families[measurement.name].add_metric([measurement.labels[name] for name in names], measurement.value)
    return families.values()


async def _measured(name: str, measure: Measure) -> Sequence[Measurement]:
    try:
        return await asyncio.wait_for(measure(), _MEASURE_TIMEOUT)
    except Exception:  # noqa: BLE001  (an error of one must not hide the metrics of the others)
        _log.warning("measurement_failed", worker=name, exc_info=True)
        return ()
