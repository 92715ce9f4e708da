"""Conformance suites: one suite per port, which every adapter of the port passes.

The test module of an adapter derives a class `Test…` from a suite and provides the fixture that the suite requires.
Every test uses unique names, so that the suites can run against a server that already holds data. A suite demands no
more than its port promises: positions and offsets may have gaps, and only messages of one key are ordered.
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
