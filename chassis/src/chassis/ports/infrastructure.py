"""Infrastructure: the adapters that a process runs on. The deployment mode selects them, and nothing else differs."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from limits.aio.storage import Storage

from chassis.ports.announcements import Announcements
from chassis.ports.clock import Clock
from chassis.ports.document_store import DocumentStore
from chassis.ports.event_store import EventStore
from chassis.ports.key_store import KeyStore
from chassis.ports.message_bus import MessageBus
from chassis.ports.metrics_export import MetricsExport
from chassis.ports.object_store import ObjectStore
from chassis.ports.tracing import NO_TRACING, Tracing


@dataclass(frozen=True)
class Infrastructure:
    """One adapter for each port.

    `text_keys` are the keys of users' texts, apart from the `keys` of identity and of the services (ADR 39): a service
    that opens texts needs no others. `rate_limits` counts requests of all replicas together, and never fails.
    `objects_endpoint` is the address of the object store, shown by /health. `routers` are HTTP routes that an adapter
    serves (presigned links of the embedded object store). `instance` names this process among its replicas; in embedded
    mode it is the same after a restart. `announcements` is None where other processes serve the reads: then a write
    waits for its read model. `tracing` is off and `metrics_export` None unless `OTEL_*` variables ask for them.
    """

    events: EventStore
    bus: MessageBus
    documents: DocumentStore
    objects: ObjectStore
    keys: KeyStore
    text_keys: KeyStore
    clock: Clock
    rate_limits: Storage
    objects_endpoint: str
    routers: Sequence[APIRouter] = ()
    instance: str = "embedded"
    announcements: Announcements | None = None
    tracing: Tracing = NO_TRACING
    metrics_export: MetricsExport | None = None
