"""One suite a port: the port's words as tests. Every adapter passes the same ones.

An adapter's test module derives a class `Test…` from a suite and provides the fixture that the suite names. The suites
use names of their own in every test, so that they may run against a server that already holds something, and expect
no more than the port says: positions and offsets may have holes, messages keep order by key only.
"""

from testkit.conformance.document_store import DocumentStoreConformance
from testkit.conformance.event_store import EventStoreConformance
from testkit.conformance.key_store import KeyStoreConformance
from testkit.conformance.message_bus import MessageBusConformance
from testkit.conformance.object_store import ObjectStoreConformance

__all__ = [
    "DocumentStoreConformance",
    "EventStoreConformance",
    "KeyStoreConformance",
    "MessageBusConformance",
    "ObjectStoreConformance",
]
