"""Prometheus metrics: requests, and the samples that workers measure on each scrape."""

import asyncio
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import structlog
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from chassis.runtime.service import Measurement, Worker

_PREFIX = "california_gold_"
_MEASURE_TIMEOUT = 5.0
_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_log = structlog.get_logger()


@dataclass(slots=True)
class _Durations:
    counts: list[int] = field(default_factory=lambda: [0] * (len(_BOUNDS) + 1))
    total: float = 0.0

    def buckets(self) -> list[tuple[str, float]]:
        cumulative = [sum(self.counts[: index + 1]) for index in range(len(self.counts))]
        return list(zip([*map(str, _BOUNDS), "+Inf"], cumulative, strict=True))


class Telemetry(Collector):
    """The metrics of one application. `content_type` is the media type of `render`.

    Requests are counted in plain dictionaries on the event loop's thread: each counter of the library takes a lock.
    """

    content_type = "text/plain; version=0.0.4; charset=utf-8"

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._durations: dict[tuple[str, str], _Durations] = {}
        self._measured: Sequence[Measurement] = ()
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request, labelled with the template of its route."""
        self._requests[method, route, status] += 1
        durations = self._durations.get((method, route))
        if durations is None:
            durations = self._durations[method, route] = _Durations()
        durations.counts[bisect_left(_BOUNDS, seconds)] += 1
        durations.total += seconds

    async def render(self, workers: Sequence[Worker]) -> bytes:
        """Return all metrics in the Prometheus text format, without those that cannot be measured now."""
        measured = await asyncio.gather(*(_measure(worker) for worker in workers))
        self._measured = [measurement for measurements in measured for measurement in measurements]
        return generate_latest(self._registry)

    def collect(self) -> Iterable[Metric]:
        """Return the current metrics (called by the registry)."""
        requests = CounterMetricFamily(f"{_PREFIX}requests", "Requests answered", labels=["method", "route", "status"])
        for (method, route, status), count in self._requests.items():
            requests.add_metric([method, route, str(status)], count)
        seconds = HistogramMetricFamily(f"{_PREFIX}request_seconds", "Time to answer", labels=["method", "route"])
        for labels, durations in self._durations.items():
            seconds.add_metric(labels, durations.buckets(), durations.total)
        return [requests, seconds, *_gauges(self._measured)]


def _gauges(measurements: Sequence[Measurement]) -> Iterable[Metric]:
    families: dict[str, GaugeMetricFamily] = {}
    for measurement in measurements:
        names = sorted(measurement.labels)
        if measurement.name not in families:
            families[measurement.name] = GaugeMetricFamily(_PREFIX + measurement.name, measurement.name, labels=names)
        families[measurement.name].add_metric([measurement.labels[name] for name in names], measurement.value)
    return families.values()


async def _measure(worker: Worker) -> Sequence[Measurement]:
    if worker.measure is None:
        return ()
    try:
        return await asyncio.wait_for(worker.measure(), _MEASURE_TIMEOUT)
    except Exception:  # noqa: BLE001  (an error of one worker must not hide the metrics of the others)
        _log.warning("measurement_failed", worker=worker.name, exc_info=True)
        return ()
