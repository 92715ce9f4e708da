"""A separate process that uses a MongoDB database and prints what was acknowledged."""

import asyncio
import sys
from itertools import count

from chassis.adapters.mongo.database import MongoDatabase, mongo_database
from chassis.adapters.mongo.document_store import MongoDocumentStore
from chassis.adapters.mongo.key_store import MongoKeyStore
from chassis.ports.document_store import Collection, Document

THINGS = Collection("things")


async def put_one(database: MongoDatabase) -> None:
    await MongoDocumentStore(database).put_newer(THINGS, [Document("a", 3, b"{}")])


async def compete(database: MongoDatabase) -> None:
    """Increment a counter with compare-and-set until this process has succeeded 20 times; print its revisions."""
    store, won = MongoDocumentStore(database), 0
    while won < 20:
        stored = await store.get(THINGS, "counter")
        revision = stored.revision + 1 if stored else 0
        if await store.compare_and_set(THINGS, Document("counter", revision, b""), stored.revision if stored else None):
            sys.stdout.write(f"{revision}\n")
            won += 1


async def make_keys(database: MongoDatabase) -> None:
    """Print the keys of ten subjects, which other processes request too."""
    keys = MongoKeyStore(database)
    for number in range(10):
        sys.stdout.write(f"{(await keys.key_for(f'user-{number}')).hex()}\n")


async def put_for_ever(database: MongoDatabase) -> None:
    store = MongoDocumentStore(database)
    for number in count():
        await store.put_newer(THINGS, [Document(f"{number}", number, b"%d" % number)])
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


async def main(task: str, uri: str, name: str) -> None:
    tasks = {"put": put_one, "compete": compete, "keys": make_keys, "for-ever": put_for_ever}
    async with mongo_database(uri, name) as database:
        await tasks[task](database)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
