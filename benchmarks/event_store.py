"""Benchmark: our event store on SQLite against the recorder of the library `eventsourcing` on SQLite.

Both sync every commit (`synchronous=FULL` in WAL mode). Ours is awaited from the event loop and writes on a thread.
Theirs is called directly, which would block the event loop of a server; the rows "off the event loop" call it on a
thread, as a server has to. The two alternate, so that changes of the machine's load affect both.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from uuid import UUID, uuid4

import uvloop
from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from benchmarks.table import Row
from chassis.adapters.sqlite.event_store import SqliteEventStore, sqlite_event_store
from chassis.ports.event_store import NO_STREAM, NewEvent

_ROUNDS = 7
_SINGLES = 300
_WRITERS = 16
_BATCHES = 40
_BATCH = 50
_PAGE = 1000
_TYPE = "jobs.analysis-progressed.v1"
_DATA = b'{"job_id":"00000000-0000-0000-0000-000000000000","progress":50,"stage":"detecting"}' * 3


@dataclass
class _Comparison:
    """Events per second of both, measured alternately."""

    ours: list[float] = field(default_factory=list[float])
    theirs: list[float] = field(default_factory=list[float])

    def row(self, what: str) -> Row:
        ratio = median(ours / theirs for ours, theirs in zip(self.ours, self.theirs, strict=True))
        return Row(what, f"{median(self.ours):,.0f} events/s", f"{median(self.theirs):,.0f} events/s", ratio)


def rows() -> list[Row]:
    """Measure single appends, appends in batches, and reads of a stream and of the log."""
    return uvloop.run(_measured())


async def _measured() -> list[Row]:
    singles, concurrent, batches, streams, logs, awaited = (_Comparison() for _ in range(6))
    with TemporaryDirectory(dir=Path.cwd()) as folder:
        recorder = SQLiteApplicationRecorder(SQLiteDatastore(f"{folder}/theirs.db"))
        recorder.create_table()
        async with sqlite_event_store(Path(folder) / "ours.db") as store:
            for _ in range(_ROUNDS):
                await _append(store, recorder, singles, count=_SINGLES, size=1)
                await _append_off_the_loop(store, recorder, awaited)
                await _append_concurrently(store, recorder, concurrent)
                stream, originator = await _append(store, recorder, batches, count=_BATCHES, size=_BATCH)
                await _read_stream(store, recorder, streams, stream, originator)
                await _read_log(store, recorder, logs)
        recorder.datastore.close()
    return [
        singles.row("append of single events, one after the other, each synced"),
        awaited.row("append of single events, one after the other, off the event loop"),
        concurrent.row(f"append of single events by {_WRITERS} writers at once, each synced"),
        batches.row(f"append in batches of {_BATCH}, each synced"),
        streams.row(f"read of a stream of {_BATCHES * _BATCH:,} events"),
        logs.row(f"read of the whole log, in pages of {_PAGE:,}"),
    ]


async def _append(
    store: SqliteEventStore, recorder: SQLiteApplicationRecorder, comparison: _Comparison, *, count: int, size: int
) -> tuple[str, UUID]:
    originator = uuid4()
    stream = f"job-{originator}"
    new = [[NewEvent(uuid4(), _TYPE, _DATA) for _ in range(size)] for _ in range(count)]
    stored = [
        [StoredEvent(originator, number * size + i, _TYPE, _DATA) for i in range(size)] for number in range(count)
    ]

    async def ours() -> int:
        revision = NO_STREAM
        for events in new:
            revision = await store.append(stream, events, revision)
        return revision + 1

    def theirs() -> int:
        for events in stored:
            recorder.insert_events(events)
        return count * size

    await _compare(comparison, ours, theirs)
    return stream, originator


async def _append_off_the_loop(
    store: SqliteEventStore, recorder: SQLiteApplicationRecorder, comparison: _Comparison
) -> None:
    """Call both as a server does: the event loop runs meanwhile."""
    originator = uuid4()

    async def ours() -> int:
        for revision in range(NO_STREAM, _SINGLES - 1):
            await store.append(f"job-{originator}", [NewEvent(uuid4(), _TYPE, _DATA)], revision)
        return _SINGLES

    async def theirs() -> int:
        for version in range(_SINGLES):
            await asyncio.to_thread(recorder.insert_events, [StoredEvent(originator, version, _TYPE, _DATA)])
        return _SINGLES

    comparison.ours.append(await _rate(ours))
    comparison.theirs.append(await _rate(theirs))


async def _rate(work: Callable[[], Awaitable[int]]) -> float:
    started = perf_counter()
    return await work() / (perf_counter() - started)


async def _append_concurrently(
    store: SqliteEventStore, recorder: SQLiteApplicationRecorder, comparison: _Comparison
) -> None:
    """Each writer has its own stream: a coroutine for ours, a thread for the library."""
    originators = [uuid4() for _ in range(_WRITERS)]
    count = _SINGLES // _WRITERS

    async def write(originator: UUID) -> None:
        for revision in range(NO_STREAM, count - 1):
            await store.append(f"job-{originator}", [NewEvent(uuid4(), _TYPE, _DATA)], revision)

    def insert(originator: UUID) -> None:
        for version in range(count):
            recorder.insert_events([StoredEvent(originator, version, _TYPE, _DATA)])

    async def ours() -> int:
        await asyncio.gather(*map(write, originators))
        return count * _WRITERS

    def theirs() -> int:
        with ThreadPoolExecutor(_WRITERS) as threads:
            list(threads.map(insert, originators))
        return count * _WRITERS

    await _compare(comparison, ours, theirs)


async def _read_stream(
    store: SqliteEventStore, recorder: SQLiteApplicationRecorder, comparison: _Comparison, stream: str, originator: UUID
) -> None:
    async def ours() -> int:
        return len(await store.read(stream))

    await _compare(comparison, ours, lambda: len(recorder.select_events(originator)))


async def _read_log(store: SqliteEventStore, recorder: SQLiteApplicationRecorder, comparison: _Comparison) -> None:
    async def ours() -> int:
        return sum([len(page) async for page in store.read_all()])

    def theirs() -> int:
        read, start = 0, 1
        while page := recorder.select_notifications(start, _PAGE):
            read, start = read + len(page), page[-1].id + 1
        return read

    await _compare(comparison, ours, theirs)


async def _compare(comparison: _Comparison, ours: Callable[[], Awaitable[int]], theirs: Callable[[], int]) -> None:
    comparison.ours.append(await _rate(ours))
    started = perf_counter()
    comparison.theirs.append(theirs() / (perf_counter() - started))
