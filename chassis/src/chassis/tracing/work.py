"""A piece of work as a span: its logs carry the ids of the trace and the span."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

import structlog

from chassis.ports.tracing import Attributes, Span, SpanKind, Tracing


@contextmanager
def traced(tracing: Tracing, name: str, kind: SpanKind, parent: str, attributes: Attributes) -> Generator[str]:
    """Run a block as a span below `parent`, if that is sampled; yield the context for what the block causes."""
    if not tracing.follows(parent):
        yield parent
        return
    span = tracing.tracer.child(name, kind, parent, attributes)
    with logged(span), ended(span):
        yield span.traceparent


@contextmanager
def ended(*spans: Span) -> Generator[None]:
    """End spans with the block. An error is named by its type: its message may quote data."""
    error = ""
    try:
        yield
    except Exception as problem:
        error = type(problem).__name__
        raise
    finally:
        for span in spans:
            span.end({}, error=error)


@contextmanager
def logged(span: Span) -> Generator[None]:
    """Write the ids of a recorded span into the logs of the block."""
    with structlog.contextvars.bound_contextvars(**log_fields(span.traceparent)):
        yield


def log_fields(traceparent: str) -> Mapping[str, str]:
    """Return the ids of a context by the names that OpenTelemetry gives them in logs of other formats."""
    _, trace_id, span_id, _ = traceparent.split("-", 3)
    return {"trace_id": trace_id, "span_id": span_id}
