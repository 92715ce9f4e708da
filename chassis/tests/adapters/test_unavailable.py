"""A full disk or a locked database raises `StoreUnavailable`; later writes succeed."""

import asyncio
import resource
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from chassis.composition.embedded import embedded
from chassis.ports.document_store import Collection, Document
from chassis.ports.event_store import NO_STREAM, NewEvent, StoreUnavailable
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import Message
from chassis.ports.object_store import ObjectNotFound
from testkit.conformance.samples import first

THINGS = Collection("things")
LARGE = b"x" * 300_000


@contextmanager
def full_disk() -> Generator[None]:
    """Let no file grow beyond 200 KB."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
async def infrastructure(tmp_path: Path) -> AsyncGenerator[Infrastructure]:
    async with embedded(tmp_path / "data") as opened:
        yield opened


def event(data: bytes = b"{}") -> NewEvent:
    return NewEvent(uuid4(), "tests.thing.v1", data)


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def test_events_are_refused_while_the_disk_is_full(infrastructure: Infrastructure) -> None:
    await infrastructure.events.append("job-1", [event()], NO_STREAM)
    with full_disk(), pytest.raises(StoreUnavailable):
        await infrastructure.events.append("job-1", [event(), event(LARGE)], 0)
    assert len(await infrastructure.events.read("job-1")) == 1
    assert await infrastructure.events.append("job-1", [event(LARGE)], 0) == 1
    assert len(await infrastructure.events.read("job-1")) == 2


async def test_a_write_that_fits_succeeds_beside_one_that_does_not(infrastructure: Infrastructure) -> None:
    await infrastructure.events.append("job-1", [event()], NO_STREAM)
    with full_disk():
        outcomes = await asyncio.gather(
            infrastructure.events.append("job-2", [event()], NO_STREAM),
            infrastructure.events.append("job-3", [event(LARGE)], NO_STREAM),
            infrastructure.events.append("job-4", [event()], NO_STREAM),
            return_exceptions=True,
        )
    assert [type(outcome) for outcome in outcomes] == [int, StoreUnavailable, int]
    assert [len(await infrastructure.events.read(f"job-{number}")) for number in (2, 3, 4)] == [1, 0, 1]


async def test_messages_and_documents_are_refused_while_the_disk_is_full(infrastructure: Infrastructure) -> None:
    bus, documents = infrastructure.bus, infrastructure.documents
    await documents.put_newer(THINGS, [Document("a", 1, b"old")])
    with full_disk():
        with pytest.raises(StoreUnavailable):
            await bus.publish([Message("things", "k", LARGE)])
        with pytest.raises(StoreUnavailable):
            await documents.put_newer(THINGS, [Document("a", 2, LARGE)])
    stored = await documents.get(THINGS, "a")
    assert stored
    assert (stored.revision, stored.body) == (1, b"old")
    await bus.publish([Message("things", "k", b"after")])
    assert [m.value for m in await first(bus.follow(["things"], from_start=True), 1)] == [b"after"]
    await documents.put_newer(THINGS, [Document("a", 2, LARGE)])


async def test_a_full_disk_refuses_an_object_and_keeps_the_earlier_one(
    infrastructure: Infrastructure, tmp_path: Path
) -> None:
    objects = infrastructure.objects
    await objects.put("files/a", chunks(b"old"), "text/plain")
    with full_disk():
        for key in ("files/a", "files/b"):
            with pytest.raises(StoreUnavailable):
                await objects.put(key, chunks(LARGE), "text/plain")
    assert [piece async for piece in objects.open("files/a")] == [b"old"]
    with pytest.raises(ObjectNotFound):
        await objects.stat("files/b")
    assert sum(path.is_file() for path in (tmp_path / "data" / "objects" / "blobs").rglob("*")) == 1
    assert (await objects.put("files/b", chunks(LARGE), "text/plain")).size == len(LARGE)


@contextmanager
def locked(path: Path) -> Generator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


@pytest.fixture
async def short_timeout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Infrastructure]:
    monkeypatch.setattr("chassis.adapters.sqlite.connection._BUSY_SECONDS", 0.05)
    async with embedded(tmp_path / "data") as opened:
        yield opened


async def test_a_locked_event_store_refuses_to_write_and_still_reads(
    short_timeout: Infrastructure, tmp_path: Path
) -> None:
    await short_timeout.events.append("job-1", [event()], NO_STREAM)
    with locked(tmp_path / "data" / "events.db"):
        attempts = [short_timeout.events.append(f"job-{number}", [event()], NO_STREAM) for number in range(2, 5)]
        outcomes = await asyncio.gather(*attempts, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [StoreUnavailable] * 3
        assert len(await short_timeout.events.read("job-1")) == 1
    assert await short_timeout.events.append("job-1", [event()], 0) == 1
    assert await short_timeout.events.read("job-2") == []


async def test_a_locked_document_or_key_store_refuses_to_write(short_timeout: Infrastructure, tmp_path: Path) -> None:
    key = await short_timeout.keys.key_for("user-1")
    with locked(tmp_path / "data" / "documents.db"), pytest.raises(StoreUnavailable):
        await short_timeout.documents.put_newer(THINGS, [Document("a", 1, b"{}")])
    with locked(tmp_path / "data" / "keys.db"):
        for attempt in (short_timeout.keys.key_for("user-2"), short_timeout.keys.shred("user-1")):
            with pytest.raises(StoreUnavailable):
                await attempt
        assert await short_timeout.keys.key_for("user-1") == key
    assert await short_timeout.documents.get(THINGS, "a") is None


async def test_a_corrupt_file_is_an_unavailable_store(tmp_path: Path) -> None:
    (tmp_path / "events.db").write_bytes(b"this is no database" * 1000)
    with pytest.raises(StoreUnavailable):
        async with embedded(tmp_path):
            pass


async def test_a_closed_store_is_unavailable(tmp_path: Path) -> None:
    async with embedded(tmp_path) as infrastructure:
        pass
    with pytest.raises(StoreUnavailable):
        await infrastructure.events.append("job-1", [event()], NO_STREAM)
    with pytest.raises(StoreUnavailable):
        await infrastructure.events.read("job-1")
