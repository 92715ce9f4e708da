"""TelemetryExport: sends the metrics of a process, and counts the spans that could not be sent."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from chassis.ports.metrics_export import MetricsExport
from chassis.ports.tracing import Tracing
from chassis.runtime.service import Measurement, Worker
from chassis.runtime.telemetry import Telemetry


@dataclass
class TelemetryExport:
    """The worker that sends the series of `/metrics`, which are those of `telemetry`, at each interval.

    Its own figures are among them, so that it is made first and given the `telemetry` afterwards.
    """

    tracing: Tracing
    metrics: MetricsExport | None
    telemetry: Telemetry = field(init=False)

    @property
    def workers(self) -> Sequence[Worker]:
        """The worker; none where nothing is sent."""
        if not self.tracing.on and self.metrics is None:
            return ()
        return [Worker("telemetry-export", self.run, measure=self.measure)]

    async def run(self) -> None:
        """Send the metrics until cancelled."""
        if self.metrics is None:
            await asyncio.Event().wait()
            return
        while True:
            await asyncio.sleep(self.metrics.interval)
            self.metrics.export(await self.telemetry.metrics())

    async def measure(self) -> Sequence[Measurement]:
        """Measure how many spans were dropped since the start, by reason."""
        dropped = self.tracing.tracer.dropped()
        return [Measurement("spans_dropped_total", count, {"reason": reason}) for reason, count in dropped.items()]
