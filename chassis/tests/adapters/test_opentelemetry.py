"""Traces over OTLP: what arrives, and what happens when whoever receives them is away."""

import socket
import threading
from collections.abc import Generator, Sequence

import pytest
import structlog

from chassis.adapters.opentelemetry.connection import Otlp, connect
from chassis.adapters.opentelemetry.export_queue import ExportQueue
from chassis.ports.tracing import SpanKind, is_sampled
from chassis.runtime.telemetry_settings import TelemetrySettings
from testkit.eventually import eventually_blocking
from testkit.otlp_receiver import OtlpReceiver, is_connected, otlp_receiver
from testkit.recorded_spans import SAMPLED, recorded_spans

TRACES = TelemetrySettings(traces=True, delay=0.02)


@pytest.fixture
def receiver() -> Generator[OtlpReceiver]:
    with otlp_receiver() as running:
        yield running


def connected(monkeypatch: pytest.MonkeyPatch, url: str, settings: TelemetrySettings = TRACES) -> Otlp:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.2")
    return connect(settings, "a-service", "replica-1")


def work(otlp: Otlp) -> None:
    """Record a span and one below it."""
    assert otlp.tracer is not None
    root = otlp.tracer.root("root", SpanKind.SERVER)
    otlp.tracer.child("child", SpanKind.INTERNAL, root.traceparent, {"number": 1}).end({})
    root.end({"text": "a"}, name="GET /things", error="500")


def test_spans_arrive_with_their_service_and_connected(receiver: OtlpReceiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test,service.name=overruled")
    otlp = connected(monkeypatch, receiver.url)
    work(otlp)
    otlp.close(10)

    child, root = receiver.spans
    assert is_connected(receiver.spans)
    assert (root.name, root.kind, child.name, child.kind) == ("GET /things", "SERVER", "child", "INTERNAL")
    assert (root.attributes, child.attributes) == ({"text": "a", "error.type": "500"}, {"number": 1})
    assert root.service == "overruled"
    sent = receiver.bodies[0]
    assert all(own in sent for own in (b"service.version", b"service.namespace", b"california-gold", b"replica-1"))


@pytest.mark.parametrize("name", ["traceidratio", "parentbased_traceidratio"])
def test_the_sampler_is_asked_once_per_trace_and_about_the_id_that_it_gets(name: str) -> None:
    with recorded_spans(name, 0.25) as recorded:
        contexts = [recorded.tracing.tracer.root("root", SpanKind.SERVER).traceparent for _ in range(400)]
    sampled = [context for context in contexts if is_sampled(context)]
    # TraceIdRatioBased compares the lower 8 bytes of the id with the ratio.
    bound = round(0.25 * 2**64)
    assert all(int(context.split("-")[1][16:], 16) < bound for context in sampled)
    assert 40 < len(sampled) < 160


def test_a_span_below_a_sampled_one_is_recorded_whatever_the_sampler() -> None:
    with recorded_spans("always_off") as recorded:
        recorded.tracing.tracer.child("child", SpanKind.INTERNAL, SAMPLED, {}).end({})
        assert recorded.names == ["child"]


def test_what_finds_the_queue_full_is_dropped_and_counted() -> None:
    entered, released = threading.Event(), threading.Event()

    def export(_batch: Sequence[int]) -> bool:
        entered.set()
        return released.wait(10)

    queue = ExportQueue[int]("traces", export, max_size=2, max_batch=1, delay=60)
    queue.put(0)
    assert entered.wait(10)
    for item in range(1, 6):
        queue.put(item)
    released.set()
    queue.close(10)
    assert queue.dropped == {"queue_full": 3, "not_delivered": 0}


def test_an_outage_is_logged_once_and_so_is_its_end(receiver: OtlpReceiver, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver.status = 400
    with structlog.testing.capture_logs() as logs:
        otlp = connected(monkeypatch, receiver.url)
        for number in range(1, 4):
            work(otlp)
            eventually_blocking(lambda expected=2 * number: otlp.queues[0].dropped["not_delivered"] >= expected)
        receiver.status = 200
        work(otlp)
        otlp.close(10)

    assert [(entry["event"], entry["log_level"]) for entry in logs] == [
        ("telemetry_not_delivered", "warning"),
        ("telemetry_delivered_again", "info"),
    ]
    assert logs[1]["dropped"] == 6


def test_a_receiver_that_refuses_connections_costs_spans_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    otlp = connected(monkeypatch, f"http://127.0.0.1:{port}")
    work(otlp)
    otlp.close(10)
    assert otlp.queues[0].dropped == {"queue_full": 0, "not_delivered": 2}


def test_a_receiver_that_never_answers_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "600")
        otlp = connect(TRACES, "a-service", "replica-1")
        work(otlp)
        closing = threading.Thread(target=otlp.close, args=(0.1,), daemon=True)
        with structlog.testing.capture_logs() as logs:
            closing.start()
            closing.join(30)
        assert not closing.is_alive()
        assert [entry["event"] for entry in logs] == ["telemetry_not_delivered"]
