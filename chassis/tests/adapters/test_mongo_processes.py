"""Several processes on one MongoDB database."""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from chassis.adapters.mongo.database import MongoDatabase
from chassis.adapters.mongo.document_store import MongoDocumentStore
from chassis.adapters.mongo.key_store import MongoKeyStore
from chassis.coordination.lease import Lease
from chassis.ports.clock import SystemClock
from chassis.ports.document_store import Collection, Document
from testkit.conformance.samples import DEADLINE_SECONDS
from testkit.eventually import eventually

PROCESS = Path(__file__).with_name("mongo_process.py")
THINGS = Collection("things")


async def started(task: str, uri: str, name: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, str(PROCESS), task, uri, name, stdout=asyncio.subprocess.PIPE
    )


async def printed(process: asyncio.subprocess.Process) -> list[str]:
    async with asyncio.timeout(3 * DEADLINE_SECONDS):
        output, _ = await process.communicate()
    assert process.returncode == 0
    return output.decode().split()


async def test_a_write_of_another_process_ends_waiting(mongodb_uri: str, mongo: MongoDatabase) -> None:
    store = MongoDocumentStore(mongo)
    waiting = asyncio.ensure_future(store.wait_for(THINGS, "a", 3, timeout=3 * DEADLINE_SECONDS))
    await printed(await started("put", mongodb_uri, mongo.name))
    async with asyncio.timeout(DEADLINE_SECONDS):
        assert await waiting is True


async def test_one_of_several_processes_wins_each_revision(mongodb_uri: str, mongo: MongoDatabase) -> None:
    processes = [await started("compete", mongodb_uri, mongo.name) for _ in range(2)]
    won = [int(revision) for process in processes for revision in await printed(process)]
    assert sorted(won) == list(range(40))


async def test_processes_agree_on_every_key(mongodb_uri: str, mongo: MongoDatabase) -> None:
    processes = [await started("keys", mongodb_uri, mongo.name) for _ in range(2)]
    first, second = [await printed(process) for process in processes]
    assert first == second == [(await MongoKeyStore(mongo).key_for(f"user-{number}")).hex() for number in range(10)]
    assert len(set(first)) == 10


class CountingStore(MongoDocumentStore):
    """Counts the reads that have ended; a contender for a lease begins each try with one."""

    reads = 0

    async def get(self, collection: Collection, document_id: str) -> Document | None:
        found = await super().get(collection, document_id)
        self.reads += 1
        return found


async def test_one_process_at_a_time_holds_a_lease(mongo: MongoDatabase) -> None:
    stores = {name: CountingStore(mongo) for name in "abc"}
    holders: list[str] = []
    fences: list[int] = []

    async def hold(name: str) -> None:
        async with Lease(stores[name], SystemClock(), "lease", name, timedelta(seconds=2)).held() as (fence, _):
            holders.append(name)
            fences.append(fence)
            reads = {other: stores[other].reads for other in stores if other not in holders}

            async def others_have_tried() -> bool:
                # The first read may have begun before, the third begins when the try of the second is over.
                return all(stores[other].reads >= before + 3 for other, before in reads.items())

            await eventually(others_have_tried)
            assert holders[-1] == name, "two holders at once"

    async with asyncio.timeout(3 * DEADLINE_SECONDS):
        await asyncio.gather(*(hold(name) for name in "abc"))
    assert sorted(holders) == list("abc")
    assert fences == sorted(set(fences))
