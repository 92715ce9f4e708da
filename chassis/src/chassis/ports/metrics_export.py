"""The port of the export of metrics: the process sends them, beside answering `/metrics`."""

from collections.abc import Iterable
from typing import Protocol

from prometheus_client.metrics_core import Metric


class MetricsExport(Protocol):
    """Sends metrics every `interval` seconds, without waiting for whoever receives them."""

    @property
    def interval(self) -> float:
        """Seconds between two exports."""
        ...

    def export(self, metrics: Iterable[Metric]) -> None:
        """Queue the present metrics to be sent."""
        ...
