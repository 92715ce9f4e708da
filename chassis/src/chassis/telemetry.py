"""Figures for /metrics: requests as they come, and whatever the workers measure when they are asked."""

import asyncio
from collections.abc import Sequence

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from chassis.service import Measurement, Worker

_PREFIX = "california_gold_"
_PATIENCE = 5.0
_log = structlog.get_logger()


class Telemetry:
    """The metrics of one application; `content_type` is what `render` returns."""

    content_type = "text/plain; version=0.0.4; charset=utf-8"

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            f"{_PREFIX}requests", "Requests answered", ["method", "route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            f"{_PREFIX}request_seconds", "Time to answer", ["method", "route"], registry=self._registry
        )
        self._series: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._gauges: dict[str, Gauge] = {}

    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request, under its route's template."""
        series = self._series.get((method, route, status))
        if series is None:
            series = self._requests.labels(method, route, str(status)), self._seconds.labels(method, route)
            self._series[method, route, status] = series
        series[0].inc()
        series[1].observe(seconds)

    async def render(self, workers: Sequence[Worker]) -> bytes:
        """Return everything in Prometheus' text format. What can't be measured now is left out."""
        measured = await asyncio.gather(*(_measure(worker) for worker in workers))
        for gauge in self._gauges.values():
            gauge.clear()
        for measurements in measured:
            for measurement in measurements:
                self._set(measurement)
        return generate_latest(self._registry)

    def _set(self, measurement: Measurement) -> None:
        labels = sorted(measurement.labels)
        gauge = self._gauges.get(measurement.name)
        if gauge is None:
            gauge = Gauge(_PREFIX + measurement.name, measurement.name, labels, registry=self._registry)
            self._gauges[measurement.name] = gauge
        (gauge.labels(**measurement.labels) if labels else gauge).set(measurement.value)


async def _measure(worker: Worker) -> Sequence[Measurement]:
    if worker.measure is None:
        return ()
    try:
        return await asyncio.wait_for(worker.measure(), _PATIENCE)
    except Exception:  # noqa: BLE001  (one worker's trouble must not hide the others' figures)
        _log.warning("measurement_failed", worker=worker.name, exc_info=True)
        return ()
