"""Tracing that keeps its spans in this process, for tests."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan

from chassis.adapters.opentelemetry.export_queue import ExportQueue
from chassis.adapters.opentelemetry.sampling import sampler
from chassis.adapters.opentelemetry.tracer import OpenTelemetryTracer
from chassis.ports.tracing import Tracing

SAMPLED = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
UNSAMPLED = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
OTHER_SAMPLED = "00-11111111111111111111111111111111-2222222222222222-01"


@dataclass
class RecordedSpans:
    """A tracing, and the spans that have ended."""

    tracing: Tracing
    queue: ExportQueue[ReadableSpan]
    _spans: list[ReadableSpan]

    def spans(self) -> Sequence[ReadableSpan]:
        """Return the spans in the order of their ends. No span is recorded after that."""
        self.queue.close(10)
        return self._spans

    @property
    def names(self) -> Sequence[str]:
        """The names of the spans."""
        return [span.name for span in self.spans()]


@contextmanager
def recorded_spans(sampler_name: str = "parentbased_always_on", ratio: float = 1.0) -> Generator[RecordedSpans]:
    """Yield a tracing with a sampler."""
    spans = list[ReadableSpan]()

    def keep(batch: Sequence[ReadableSpan]) -> bool:
        spans.extend(batch)
        return True

    queue = ExportQueue[ReadableSpan]("traces", keep, 10_000, 100, 0.01)
    tracer = OpenTelemetryTracer(Resource({}), sampler(sampler_name, ratio), queue)
    try:
        yield RecordedSpans(
            Tracing(on=True, tracer=tracer, messaging_system="bus", database_system="log"), queue, spans
        )
    finally:
        queue.close(10)


def context_of(span: ReadableSpan) -> str:
    """Return the context that a span gives to what it causes."""
    assert span.context is not None
    return f"00-{span.context.trace_id:032x}-{span.context.span_id:016x}-{span.context.trace_flags:02x}"


def parent_of(span: ReadableSpan) -> str:
    """Return the id of a span's parent, in hexadecimal; empty without one."""
    return f"{span.parent.span_id:016x}" if span.parent else ""


def linked_from(span: ReadableSpan) -> Sequence[str]:
    """Return the ids of the spans that a span links to."""
    return [f"{link.context.span_id:016x}" for link in span.links]


def id_in(traceparent: str) -> str:
    """Return the id of the span in a context."""
    return traceparent.split("-")[2]
