"""Conformance suites applied to adapters that do nothing. Only `test_conformance_bites.py` collects this file."""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from chassis.ports.document_store import Collection, Document, Scalar
from chassis.ports.event_store import NO_STREAM, START, NewEvent, StoredEvent
from chassis.ports.message_bus import Lag, Message, ReceivedMessage
from chassis.ports.object_store import ByteRange, ListedObject, ObjectInfo, StoredObject
from testkit.conformance import (
    DocumentStoreConformance,
    EventStoreConformance,
    KeyStoreConformance,
    MessageBusConformance,
    ObjectStoreConformance,
)


class NoopEventStore:
    async def append(self, stream: str, events: Sequence[NewEvent], expected: int) -> int:
        return expected + len(events)

    async def read(self, stream: str, after: int = NO_STREAM, limit: int | None = None) -> Sequence[StoredEvent]:
        return []

    async def last(self, stream: str) -> StoredEvent | None:
        return None

    async def read_all(
        self, after: int = START, categories: Sequence[str] = ()
    ) -> AsyncIterator[Sequence[StoredEvent]]:
        for nothing in list[Sequence[StoredEvent]]():
            yield nothing

    def subscribe_all(self, after: int = START, categories: Sequence[str] = ()) -> AsyncIterator[Sequence[StoredEvent]]:
        return self.read_all(after, categories)


class NoopMessageBus:
    async def publish(self, messages: Sequence[Message]) -> None:
        pass

    async def batches(self) -> AsyncIterator[Sequence[ReceivedMessage]]:
        for nothing in list[Sequence[ReceivedMessage]]():
            yield nothing

    async def acknowledge(self, messages: Sequence[ReceivedMessage]) -> None:
        pass

    @asynccontextmanager
    async def subscribe(self, topics: Sequence[str], group: str) -> AsyncGenerator["NoopMessageBus"]:
        yield self

    async def follow(self, topics: Sequence[str], *, from_start: bool) -> AsyncIterator[Sequence[ReceivedMessage]]:
        yield []

    async def lag(self, topics: Sequence[str], group: str) -> Sequence[Lag]:
        return [Lag(topic, 0, 0) for topic in topics]


class NoopDocumentStore:
    async def put_newer(self, collection: Collection, documents: Sequence[Document]) -> None:
        pass

    async def put_newer_in_order(self, writes: Sequence[tuple[Collection, Sequence[Document]]]) -> None:
        pass

    async def get(self, collection: Collection, document_id: str) -> Document | None:
        return None

    async def get_many(self, collection: Collection, ids: Sequence[str]) -> Mapping[str, Document]:
        return {}

    async def find(
        self, collection: Collection, equal: Mapping[str, Scalar], *, order: str, skip: int = 0, limit: int = 100
    ) -> Sequence[Document]:
        return []

    async def find_as_json(
        self, collection: Collection, equal: Mapping[str, Scalar], *, order: str, skip: int = 0, limit: int = 100
    ) -> bytes:
        return b"[]"

    async def delete(self, collection: Collection, ids: Sequence[str]) -> None:
        pass

    async def compare_and_set(self, collection: Collection, document: Document, expected: int | None) -> bool:
        return False

    async def wait_for(self, collection: Collection, document_id: str, revision: int, timeout: float) -> bool:  # noqa: ASYNC109
        return False


class NoopObjectStore:
    async def check_free_space(self) -> None:
        pass

    async def put(self, key: str, chunks: AsyncIterable[bytes], content_type: str) -> StoredObject:
        async for _ in chunks:
            pass
        return StoredObject(key, 0, "", content_type, datetime.now(UTC))

    async def open(self, key: str, byte_range: ByteRange | None = None) -> AsyncIterator[bytes]:
        for nothing in list[bytes]():
            yield nothing

    async def stat(self, key: str) -> ObjectInfo:
        return ObjectInfo(key, 0, "", datetime.now(UTC), "")

    async def list(self, prefix: str) -> AsyncIterator[ListedObject]:
        for nothing in tuple[ListedObject, ...]():
            yield nothing

    async def delete(self, key: str) -> None:
        pass

    async def presign(self, key: str, expires: timedelta, filename: str) -> str:
        return "/"


class NoopKeyStore:
    async def key_for(self, subject: str) -> bytes:
        return bytes(32)

    async def shred(self, subject: str) -> None:
        pass


class TestNoopEventStore(EventStoreConformance):
    @pytest.fixture
    def event_store(self) -> NoopEventStore:
        return NoopEventStore()


class TestNoopMessageBus(MessageBusConformance):
    @pytest.fixture
    def message_bus(self) -> NoopMessageBus:
        return NoopMessageBus()


class TestNoopDocumentStore(DocumentStoreConformance):
    @pytest.fixture
    def document_store(self) -> NoopDocumentStore:
        return NoopDocumentStore()


class TestNoopObjectStore(ObjectStoreConformance):
    @pytest.fixture
    def object_store(self) -> NoopObjectStore:
        return NoopObjectStore()


class TestNoopKeyStore(KeyStoreConformance):
    @pytest.fixture
    def key_store(self) -> NoopKeyStore:
        return NoopKeyStore()
