"""The connection to whoever receives telemetry: the SDK reads its address and more from `OTEL_EXPORTER_OTLP_*`."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource

from chassis.adapters.opentelemetry import metrics, tracer
from chassis.adapters.opentelemetry.export_queue import ExportQueue
from chassis.adapters.opentelemetry.metrics import OtlpMetrics
from chassis.adapters.opentelemetry.sampling import sampler
from chassis.adapters.opentelemetry.tracer import OpenTelemetryTracer
from chassis.ports.tracing import NO_TRACING, Tracing
from chassis.runtime.telemetry_settings import TelemetrySettings


@dataclass(frozen=True)
class Otlp:
    """The tracer and the export of metrics of a process; None for what is not exported."""

    tracer: OpenTelemetryTracer | None
    metrics: OtlpMetrics | None
    queues: Sequence[ExportQueue[Any]]

    def tracing(self, messaging_system: str, database_system: str) -> Tracing:
        """Return the tracing of a process with these stores."""
        return (
            Tracing(on=True, tracer=self.tracer, messaging_system=messaging_system, database_system=database_system)
            if self.tracer
            else NO_TRACING
        )

    def close(self, timeout: float) -> None:
        """Send what is queued, for at most `timeout` seconds in all."""
        for queue in self.queues:
            queue.close(timeout / len(self.queues))


def connect(settings: TelemetrySettings, service: str, instance: str) -> Otlp:
    """Return what exports the telemetry of a service. It connects when there is something to send."""
    resource = _resource(service, instance)
    queues: list[ExportQueue[Any]] = []
    traced = exported = None
    if settings.traces:
        spans = tracer.exported_to(OTLPSpanExporter(), settings.max_queue, settings.max_batch, settings.delay)
        queues.append(spans)
        traced = OpenTelemetryTracer(resource, sampler(settings.sampler, settings.ratio), spans)
    if settings.metrics:
        values = metrics.exported_to(OTLPMetricExporter())
        queues.append(values)
        exported = OtlpMetrics(resource, settings.metrics_interval, values)
    return Otlp(traced, exported, queues)


def _resource(service: str, instance: str) -> Resource:
    """Return who sends: `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` overrule our own names."""
    own = {
        "service.name": service,
        "service.namespace": "california-gold",
        "service.version": version("california-gold-chassis"),
        "service.instance.id": instance,
    }
    return Resource.create(own).merge(OTELResourceDetector().detect())
