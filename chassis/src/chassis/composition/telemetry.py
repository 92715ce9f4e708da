"""Telemetry of a process: traces and metrics over OTLP, where `OTEL_*` variables ask for them (ADR 53)."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.settings import InvalidSettings
from chassis.runtime.telemetry_settings import TelemetrySettings, telemetry_settings
from chassis.tracing.event_store import TracedEventStore
from chassis.tracing.message_bus import TracedMessageBus

if TYPE_CHECKING:
    from chassis.adapters.opentelemetry.connection import Otlp

_CLOSE_SECONDS = 2.0
"""How long a process that ends may wait for whoever receives its last spans."""


@dataclass(frozen=True)
class Systems:
    """The names of the stores in spans, by the semantic conventions where they know them."""

    messaging: str
    database: str


EMBEDDED = Systems("sqlite", "sqlite")
DISTRIBUTED = Systems("kafka", "eventstoredb")


@asynccontextmanager
async def observed(infrastructure: Infrastructure, service: str, systems: Systems) -> AsyncGenerator[Infrastructure]:
    """Yield the infrastructure with traces and metrics of a service, or as it is if none are wanted.

    Nothing of OpenTelemetry is imported then. Raises `InvalidSettings`.
    """
    settings = telemetry_settings()
    if not settings.traces and not settings.metrics:
        yield infrastructure
        return
    otlp = _otlp(settings, service, infrastructure.instance)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(asyncio.to_thread, otlp.close, _CLOSE_SECONDS)
        yield _with(infrastructure, otlp, systems)


def _with(infrastructure: Infrastructure, otlp: "Otlp", systems: Systems) -> Infrastructure:
    tracing = otlp.tracing(systems.messaging, systems.database)
    exporting = replace(infrastructure, metrics_export=otlp.metrics, tracing=tracing)
    if not tracing.on:
        return exporting
    events, bus = TracedEventStore(infrastructure.events, tracing), TracedMessageBus(infrastructure.bus, tracing)
    return replace(exporting, events=events, bus=bus)


def _otlp(settings: TelemetrySettings, service: str, instance: str) -> "Otlp":
    try:
        from chassis.adapters.opentelemetry.connection import connect
    except ModuleNotFoundError as problem:
        raise InvalidSettings(f"OTEL_…_EXPORTER: install the extra `telemetry` ({problem.name} is missing)") from None
    return connect(settings, service, instance)
