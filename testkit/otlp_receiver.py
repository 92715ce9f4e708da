"""A receiver of OTLP over HTTP, for tests of what the product exports."""

import threading
from collections import defaultdict
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1 import trace_pb2


@dataclass(frozen=True)
class ReceivedSpan:
    """A span as it arrived. Ids are hexadecimal; `parent_id` is empty for the first span of a trace."""

    service: str
    trace_id: str
    span_id: str
    parent_id: str
    name: str
    kind: str
    attributes: Mapping[str, Any]
    links: Sequence[str]
    seconds: float


@dataclass
class OtlpReceiver:
    """What a running receiver has been sent: requests as bytes, spans, and samples of metrics by name."""

    url: str
    status: int = 200
    bodies: list[bytes] = field(default_factory=list[bytes])
    spans: list[ReceivedSpan] = field(default_factory=list[ReceivedSpan])
    metrics: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])

    @property
    def settings(self) -> Mapping[str, str]:
        """The variables of a product that sends all its spans here, at once."""
        return {
            "OTEL_TRACES_EXPORTER": "otlp",
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.url,
            "OTEL_BSP_SCHEDULE_DELAY": "100",
            "OTEL_BSP_MAX_QUEUE_SIZE": "100000",
        }

    def traces(self) -> Mapping[str, Sequence[ReceivedSpan]]:
        """Return the spans of each trace."""
        traces: defaultdict[str, list[ReceivedSpan]] = defaultdict(list)
        for span in self.spans:
            traces[span.trace_id].append(span)
        return traces

    def receive(self, path: str, body: bytes) -> None:
        """Keep a request."""
        self.bodies.append(body)
        if path.endswith("/v1/traces"):
            self.spans += _spans(ExportTraceServiceRequest.FromString(body))
        else:
            self.metrics.update(_metrics(ExportMetricsServiceRequest.FromString(body)))


def is_connected(spans: Sequence[ReceivedSpan]) -> bool:
    """Return whether the spans of a trace have one root, and every other one a parent among them."""
    ids = {span.span_id for span in spans}
    roots = [span for span in spans if not span.parent_id]
    return len(roots) == 1 and all(span.parent_id in ids for span in spans if span.parent_id)


@contextmanager
def otlp_receiver() -> Generator[OtlpReceiver]:
    """Run a receiver on a free port of this machine. It answers with its `status`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if receiver.status == 200:
                receiver.receive(self.path, body)
            self.send_response(receiver.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = OtlpReceiver(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _spans(request: ExportTraceServiceRequest) -> Iterable[ReceivedSpan]:
    for resource in request.resource_spans:
        service = str(_attributes(resource.resource.attributes).get("service.name"))
        for scope in resource.scope_spans:
            yield from (_span(span, service) for span in scope.spans)


def _span(span: trace_pb2.Span, service: str) -> ReceivedSpan:
    return ReceivedSpan(
        service,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        span.name,
        trace_pb2.Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        _attributes(span.attributes),
        [link.span_id.hex() for link in span.links],
        (span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
    )


def _attributes(pairs: Iterable[Any]) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}


def _metrics(request: ExportMetricsServiceRequest) -> dict[str, list[Any]]:
    metrics = [
        metric for resource in request.resource_metrics for scope in resource.scope_metrics for metric in scope.metrics
    ]
    return {metric.name: list(getattr(metric, metric.WhichOneof("data") or "").data_points) for metric in metrics}
