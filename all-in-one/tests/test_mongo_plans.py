"""Every MongoDB query is served by an index: no collection scan, no in-memory sort."""

import importlib
import importlib.util
import inspect
import pkgutil
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest
import pytest_asyncio

from chassis.adapters.mongo.database import MongoDatabase, mongo_database
from chassis.adapters.mongo.document_store import MongoDocumentStore
from chassis.adapters.mongo.key_store import MongoKeyStore
from chassis.adapters.mongo.rate_limits import MongoWindowStorage
from chassis.ports.document_store import Collection, Document
from testkit.conformance.samples import unique
from tests.servers.mongodb_commands import Commands, assert_an_index_serves, commands_of_new_clients

PACKAGES = ("chassis", "identity", "storage", "jobs_command", "jobs_query", "analyzer", "notifier", "california_gold")


def declared() -> list[Collection]:
    """Return every collection that a module of the product, or a class in it, declares."""
    found: dict[str, Collection] = {}
    for module in _modules_with_collections():
        for value in vars(importlib.import_module(module)).values():
            inner = vars(value).values() if inspect.isclass(value) else [value]
            found.update({collection.name: collection for collection in inner if isinstance(collection, Collection)})
    return list(found.values())


def _modules_with_collections() -> Generator[str]:
    for package in PACKAGES:
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            spec = importlib.util.find_spec(module.name)
            if ".testing." in module.name or spec is None or spec.origin is None:
                continue
            if "Collection(" in Path(spec.origin).read_text(encoding="utf-8"):
                yield module.name


@pytest_asyncio.fixture
async def database(mongodb_uri: str, commands: Commands) -> AsyncGenerator[MongoDatabase]:
    name = unique("tests-")
    async with mongo_database(mongodb_uri, name) as database:
        yield database
        await database.client.drop_database(name)


@pytest.fixture
def commands() -> Generator[Commands]:
    with commands_of_new_clients() as commands:
        yield commands


async def assert_indexes_serve(database: MongoDatabase, commands: Commands, names: set[str]) -> None:
    sent = [command for command in commands.sent if next(iter(command)) in names]
    assert {next(iter(command)) for command in sent} == names
    for command in sent:
        await assert_an_index_serves(database, command)


def test_all_collections_are_tested() -> None:
    assert {"jobs", "users", "files", "parked", "leases", "socket-places"} <= {
        collection.name for collection in declared()
    }


@pytest.mark.parametrize("collection", declared(), ids=lambda collection: collection.name)
async def test_an_index_serves_each_query(database: MongoDatabase, commands: Commands, collection: Collection) -> None:
    store = MongoDocumentStore(database)
    keys = dict.fromkeys(collection.keys, "x")
    await store.put_newer(collection, [Document(f"{number}", 1, b"{}", keys) for number in range(20)])
    for *equal, key in collection.indexes:
        for order in (key, f"-{key}"):
            await store.find(collection, dict.fromkeys(equal, "x"), order=order, skip=1, limit=3)
            await store.find_as_json(collection, dict.fromkeys(equal, "x"), order=order)
    await store.get_many(collection, ["1", "2"])
    await store.wait_for(collection, "1", 5, timeout=0)
    await store.compare_and_set(collection, Document("1", 2, b"", keys), 1)
    await store.delete(collection, ["1", "2"])
    await assert_indexes_serve(database, commands, {"find", "update", "delete"})


async def test_an_index_serves_keys_and_counts(database: MongoDatabase, commands: Commands) -> None:
    keys, windows = MongoKeyStore(database), MongoWindowStorage(database)
    await keys.key_for("user-1")
    await keys.shred("user-1")
    await windows.incr("requests:user:7", 60)
    await windows.get("requests:user:7")
    await windows.clear("requests:user:7")
    await assert_indexes_serve(database, commands, {"find", "update", "findAndModify", "delete"})
