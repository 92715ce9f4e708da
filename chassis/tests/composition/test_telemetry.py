"""Telemetry of a process: what it wraps, and that nobody waits for whoever receives it."""

import asyncio
import socket

import httpx
import pytest

from chassis.composition.telemetry import EMBEDDED, observed
from chassis.http.app import create_app
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.tracing import SpanKind
from chassis.runtime.settings import Settings
from chassis.tracing.event_store import TracedEventStore
from chassis.tracing.message_bus import TracedMessageBus
from testkit.eventually import eventually
from testkit.otlp_receiver import otlp_receiver


async def test_without_variables_the_infrastructure_is_left_as_it_is(infrastructure: Infrastructure) -> None:
    async with observed(infrastructure, "a-service", EMBEDDED) as same:
        assert same is infrastructure


async def test_with_traces_appends_and_publications_are_traced(
    infrastructure: Infrastructure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "otlp")
    async with observed(infrastructure, "a-service", EMBEDDED) as traced:
        assert traced.tracing.on
        assert isinstance(traced.events, TracedEventStore)
        assert isinstance(traced.bus, TracedMessageBus)
        assert traced.metrics_export is None


async def test_metrics_alone_are_sent_at_each_interval(
    infrastructure: Infrastructure, monkeypatch: pytest.MonkeyPatch
) -> None:
    with otlp_receiver() as receiver:
        monkeypatch.setenv("OTEL_METRICS_EXPORTER", "otlp")
        monkeypatch.setenv("OTEL_METRIC_EXPORT_INTERVAL", "50")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)

        async def arrived() -> bool:
            return "process_cpu_seconds" in receiver.metrics

        async with observed(infrastructure, "a-service", EMBEDDED) as exporting:
            assert not exporting.tracing.on
            assert exporting.events is infrastructure.events
            app = create_app([], exporting, Settings())
            async with app.router.lifespan_context(app):
                await eventually(arrived)
    assert receiver.spans == []


async def test_a_receiver_that_never_answers_delays_neither_requests_nor_the_end(
    infrastructure: Infrastructure, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("OTEL_TRACES_EXPORTER", "otlp")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "600")
        monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "1")
        async with asyncio.timeout(60):
            async with observed(infrastructure, "a-service", EMBEDDED) as traced:
                app = create_app([], traced, Settings(rate_limits="off"))
                transport = httpx.ASGITransport(app)
                async with (
                    app.router.lifespan_context(app),
                    httpx.AsyncClient(transport=transport, base_url="http://api.test") as api,
                ):
                    for _ in range(20):
                        assert (await api.get("/openapi.json")).status_code == 200
                        traced.tracing.tracer.root("work", SpanKind.INTERNAL).end({})
                    metrics = (await api.get("/metrics")).text
    assert 'california_gold_spans_dropped_total{reason="queue_full"}' in metrics
