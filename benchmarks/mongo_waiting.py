"""`python -m benchmarks.mongo_waiting URI`: wake-up latency after a write, and the CPU cost of waiting (ADR 10).

Another process writes a document every 25 ms. Ours is `wait_for`, with ten concurrent calls; the reference is a change
stream of the driver. Each prints the median (and 95th percentile) latency from the acknowledged write to the wake-up,
and the CPU share of the waiting process.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from statistics import median, quantiles
from uuid import uuid4

from chassis.adapters.mongo.database import MongoDatabase, mongo_database
from chassis.adapters.mongo.document_store import MongoDocumentStore
from chassis.ports.document_store import Collection, Document

_COUNT = 200
_CONCURRENT_CALLS = 10
_INTERVAL_SECONDS = 0.025
_COLLECTION = Collection("things")
Woken = dict[str, float]


async def _write(database: MongoDatabase) -> None:
    store, written = MongoDocumentStore(database), Woken()
    await store.put_newer(_COLLECTION, [Document("first", 0, b"{}")])
    await asyncio.sleep(1.0)
    for number in range(_COUNT):
        await store.put_newer(_COLLECTION, [Document(f"{number}", 1, b"{}")])
        written[f"{number}"] = time.time()
        await asyncio.sleep(_INTERVAL_SECONDS)
    sys.stdout.write(json.dumps(written))


async def _by_waiting(database: MongoDatabase) -> Woken:
    store, woken, slots = MongoDocumentStore(database), Woken(), asyncio.Semaphore(_CONCURRENT_CALLS)

    async def wait(name: str) -> None:
        async with slots:
            assert await store.wait_for(_COLLECTION, name, 1, timeout=60)
            woken[name] = time.time()

    await asyncio.gather(*(wait(f"{number}") for number in range(_COUNT)))
    return woken


async def _by_change_stream(database: MongoDatabase) -> Woken:
    woken = Woken()
    async with database[_COLLECTION.name].watch([{"$project": {"documentKey": 1}}]) as changes:
        async for change in changes:
            woken[change["documentKey"]["_id"]] = time.time()
            if len(woken) > _COUNT:
                break
    return woken


async def _measured(uri: str, waiting: Callable[[MongoDatabase], Awaitable[Woken]]) -> str:
    name = f"benchmark-{uuid4().hex}"
    async with mongo_database(uri, name) as database:
        writer = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.mongo_waiting", uri, name, stdout=asyncio.subprocess.PIPE
        )
        started, cpu = time.perf_counter(), time.process_time()
        woken = await waiting(database)
        share = (time.process_time() - cpu) / (time.perf_counter() - started)
        output, _ = await writer.communicate()
        await database.client.drop_database(name)
    latencies = [1000 * (woken[document_id] - written) for document_id, written in json.loads(output).items()]
    return f"{median(latencies):.1f} ms (95 %: {quantiles(latencies, n=20)[-1]:.1f} ms), {share * 100:.0f} % CPU"


async def _main(uri: str, name: str | None = None) -> None:
    if name is not None:
        async with mongo_database(uri, name) as database:
            await _write(database)
        return
    for label, waiting in (("wait_for", _by_waiting), ("change stream", _by_change_stream)):
        sys.stdout.write(f"{label}: {await _measured(uri, waiting)}\n")


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
