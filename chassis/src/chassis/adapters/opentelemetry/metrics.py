"""Metrics over OTLP: the series of `/metrics`, read from the same registry, under the same names."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricExportResult,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.samples import Sample

from chassis.adapters.opentelemetry.export_queue import ExportQueue

_SCOPE = InstrumentationScope("california-gold")
_BUCKET = "le"
_MAX_QUEUED = 2
_UNKNOWN: Any = None
"""The smallest and largest value: Prometheus does not keep them, and OTLP lets them be absent."""


@dataclass
class OtlpMetrics:
    """Converts the families of the registry. Counters count from the start of the process, as `/metrics` has them."""

    resource: Resource
    interval: float
    queue: ExportQueue[MetricsData]
    _started: int = field(default_factory=time.time_ns)

    def export(self, metrics: Iterable[Family]) -> None:
        """Queue the present values."""
        converted = [
            metric
            for family in metrics
            if family.samples and (metric := _metric(family, self._started, time.time_ns()))
        ]
        scope = ScopeMetrics(_SCOPE, converted, "")
        self.queue.put(MetricsData([ResourceMetrics(self.resource, [scope], "")]))


def exported_to(exporter: OTLPMetricExporter) -> ExportQueue[MetricsData]:
    """Return the queue before an exporter."""
    send: Callable[[MetricsData], MetricExportResult] = exporter.export  # pyright: ignore

    def export(batch: Sequence[MetricsData]) -> bool:
        return all(send(data) is MetricExportResult.SUCCESS for data in batch)

    return ExportQueue("metrics", export, _MAX_QUEUED, 1, 1.0)


def _metric(family: Family, started: int, now: int) -> Metric | None:
    if family.type == "counter":
        totals = [sample for sample in family.samples if sample.name.endswith("_total")]
        data = Sum(_numbers(totals, started, now), AggregationTemporality.CUMULATIVE, is_monotonic=True)
    elif family.type == "gauge":
        data = Gauge(_numbers(family.samples, started, now))
    elif family.type == "histogram":
        data = Histogram(_histograms(family.samples, started, now), AggregationTemporality.CUMULATIVE)
    else:
        return None
    return Metric(family.name, family.documentation, family.unit, data)


def _numbers(samples: Iterable[Sample], started: int, now: int) -> Sequence[NumberDataPoint]:
    return [NumberDataPoint(dict(sample.labels), started, now, float(sample.value)) for sample in samples]


def _histograms(samples: Iterable[Sample], started: int, now: int) -> Sequence[HistogramDataPoint]:
    by_labels: dict[tuple[tuple[str, str], ...], list[Sample]] = {}
    for sample in samples:
        labels = tuple((name, value) for name, value in sample.labels.items() if name != _BUCKET)
        by_labels.setdefault(labels, []).append(sample)
    return [_histogram(dict(labels), series, started, now) for labels, series in by_labels.items()]


def _histogram(labels: Mapping[str, str], series: Sequence[Sample], started: int, now: int) -> HistogramDataPoint:
    """Return a data point. Prometheus' buckets are cumulative, OTLP's are not."""
    buckets = [sample for sample in series if sample.name.endswith("_bucket")]
    counts = [0.0, *(sample.value for sample in buckets)]
    bounds = [float(sample.labels[_BUCKET]) for sample in buckets]
    total = next(sample.value for sample in series if sample.name.endswith("_sum"))
    return HistogramDataPoint(
        attributes=dict(labels),
        start_time_unix_nano=started,
        time_unix_nano=now,
        count=int(counts[-1]),
        sum=total,
        bucket_counts=[int(upper - lower) for lower, upper in pairwise(counts)],
        explicit_bounds=bounds[:-1],  # the last one is infinity
        min=_UNKNOWN,
        max=_UNKNOWN,
    )
