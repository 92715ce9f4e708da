"""Durations: a histogram of how long some work took, by labels of few values. A worker carries it to /metrics."""

from collections.abc import Sequence

from prometheus_client import Histogram
from prometheus_client.registry import Collector

PREFIX = "california_gold_"
"""Of every series of ours."""


class Durations:
    """The durations of one kind of work. `name` ends with `_seconds`; `buckets` are upper limits in seconds."""

    def __init__(self, name: str, meaning: str, labels: Sequence[str], buckets: Sequence[float]) -> None:
        self._histogram = Histogram(PREFIX + name, meaning, labels, buckets=buckets, registry=None)

    @property
    def collector(self) -> Collector:
        """What a registry of Prometheus' client collects."""
        return self._histogram

    def observe(self, seconds: float, **labels: str) -> None:
        """Count one piece of work."""
        self._histogram.labels(**labels).observe(seconds)
