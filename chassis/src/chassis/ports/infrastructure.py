"""Everything outside a service, as one value. It is the whole difference between the two ways of running."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from limits.aio.storage import Storage

from chassis.ports.clock import Clock
from chassis.ports.document_store import DocumentStore
from chassis.ports.event_store import EventStore
from chassis.ports.key_store import KeyStore
from chassis.ports.message_bus import MessageBus
from chassis.ports.object_store import ObjectStore


@dataclass(frozen=True)
class Infrastructure:
    """The ports, filled.

    `rate_limits` counts requests, for all replicas together; `objects_endpoint` says where the objects are, for
    /health; `routers` are routes that an adapter needs served (the embedded object store's presigned links); `instance`
    names this process among its replicas, and is the same after a restart where there is only one.
    """

    events: EventStore
    bus: MessageBus
    documents: DocumentStore
    objects: ObjectStore
    keys: KeyStore
    clock: Clock
    rate_limits: Storage
    objects_endpoint: str
    routers: Sequence[APIRouter] = ()
    instance: str = "embedded"
