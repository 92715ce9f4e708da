"""OpenTelemetryTracer: spans of the SDK, exported over OTLP in protobuf and HTTP."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Sampler
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, Status, StatusCode, TraceFlags, set_span_in_context
from opentelemetry.trace import Span as SdkSpan
from opentelemetry.trace import SpanKind as SdkKind

from chassis.adapters.opentelemetry.export_queue import ExportQueue
from chassis.ports.tracing import Attributes, Span, SpanKind, UnrecordedSpan, is_sampled

_KINDS = {kind: SdkKind[kind.name] for kind in SpanKind}
_SCOPE = "california-gold"
_NO_CONTEXT = Context()


@dataclass(frozen=True, slots=True)
class _RecordedSpan:
    span: SdkSpan
    traceparent: str

    def end(self, attributes: Attributes, *, name: str = "", error: str = "", at: int = 0) -> None:
        if name:
            self.span.update_name(name)
        self.span.set_attributes(attributes)
        if error:
            self.span.set_attribute("error.type", error)
            self.span.set_status(Status(StatusCode.ERROR))
        self.span.end(at or None)


class OpenTelemetryTracer:
    """Asks the sampler once per trace, before anything is made: a trace that is not recorded costs microseconds.

    What is below a sampled span is recorded, whatever the sampler: a trace is whole, or not there.
    """

    def __init__(self, resource: Resource, sampler: Sampler, spans: ExportQueue[ReadableSpan]) -> None:
        self._sampler, self._spans, self._ids = sampler, spans, _Ids()
        self._provider = TracerProvider(
            sampler=ALWAYS_ON, resource=resource, id_generator=self._ids, shutdown_on_exit=False
        )
        self._provider.add_span_processor(_Queueing(spans))
        self._tracer = self._provider.get_tracer(_SCOPE)

    def root(self, name: str, kind: SpanKind, parent: str = "", links: Sequence[str] = ()) -> Span:
        """Start the first span of this product in a trace, if the sampler says so."""
        context = _context(parent) if parent else _NO_CONTEXT
        trace_id = int(parent.split("-")[1], 16) if parent else self._ids.generate_trace_id()
        decision = self._sampler.should_sample(context, trace_id, name, _KINDS[kind]).decision
        if not decision.is_sampled():
            return UnrecordedSpan(parent if parent and not is_sampled(parent) else self._unsampled(trace_id))
        self._ids.next_trace_id = trace_id
        return self._started(name, kind, context, {}, links, 0)

    def child(
        self, name: str, kind: SpanKind, parent: str, attributes: Attributes, links: Sequence[str] = (), start: int = 0
    ) -> Span:
        """Start a span below a sampled parent."""
        return self._started(name, kind, _context(parent), attributes, links, start)

    def dropped(self) -> Mapping[str, int]:
        """Return how many spans were dropped, by reason."""
        return self._spans.dropped

    def _started(
        self,
        name: str,
        kind: SpanKind,
        context: Context,
        attributes: Attributes,
        links: Sequence[str],
        start: int,
    ) -> Span:
        linked = [Link(_span_context(link)) for link in links]
        span = self._tracer.start_span(name, context, _KINDS[kind], attributes, linked, start or None)
        return _RecordedSpan(span, _traceparent(span.get_span_context()))

    def _unsampled(self, trace_id: int) -> str:
        return f"00-{trace_id:032x}-{self._ids.generate_span_id():016x}-00"


@dataclass
class _Ids(RandomIdGenerator):
    """Random ids; the trace that the sampler was asked for gets the id that it was asked with."""

    next_trace_id: int = field(default=0)

    def generate_trace_id(self) -> int:
        chosen, self.next_trace_id = self.next_trace_id, 0
        return chosen or super().generate_trace_id()


@dataclass(frozen=True)
class _Queueing(SpanProcessor):
    """Queues the spans that have ended."""

    spans: ExportQueue[ReadableSpan]

    def on_end(self, span: ReadableSpan) -> None:
        self.spans.put(span)


def exported_to(exporter: OTLPSpanExporter, max_size: int, max_batch: int, delay: float) -> ExportQueue[ReadableSpan]:
    """Return the queue before an exporter."""

    def export(spans: Sequence[ReadableSpan]) -> bool:
        return exporter.export(spans) is SpanExportResult.SUCCESS

    return ExportQueue("traces", export, max_size, max_batch, delay)


def _traceparent(context: SpanContext) -> str:
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def _span_context(traceparent: str) -> SpanContext:
    _, trace_id, span_id, flags = traceparent.split("-", 3)
    return SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags[:2], 16)))


def _context(traceparent: str) -> Context:
    return set_span_in_context(NonRecordingSpan(_span_context(traceparent)), Context())
