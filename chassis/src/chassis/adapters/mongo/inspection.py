"""Reading a MongoDB database without creating a collection or an index."""

from collections.abc import Sequence
from datetime import UTC, datetime

from chassis.adapters.mongo.database import MongoDatabase
from chassis.adapters.mongo.operation import mongo_operation
from chassis.adapters.mongo.records import index_models
from chassis.ports.document_store import Collection


async def server_time(database: MongoDatabase) -> datetime:
    """Return the server's clock. Raises `StoreUnavailable`."""
    async with mongo_operation():
        answer = await database.command("hello")
    return answer["localTime"].replace(tzinfo=UTC)


async def collection_names(database: MongoDatabase, setting: str = "MONGODB_URI") -> Sequence[str]:
    """Return the names of the collections. Raises `StoreUnavailable`."""
    async with mongo_operation(setting=setting):
        return sorted(await database.list_collection_names())


async def missing_indexes(database: MongoDatabase, collections: Sequence[Collection]) -> Sequence[str]:
    """Return the declared indexes that the collections lack, those of other read model versions too."""
    found: list[str] = []
    for stored in await collection_names(database):
        for collection in collections:
            if stored.partition("@")[0] == collection.name:
                async with mongo_operation():
                    present = await database[stored].index_information()
                declared = [str(model.document["name"]) for model in index_models(collection)]
                found += [f"{stored}: {name}" for name in declared if name not in present]
    return found
