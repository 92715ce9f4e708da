"""Everything that the servers store, for tests which search it for data that must not be there."""

from california_gold_contracts.topics import TOPICS
from chassis.adapters.mongo.database import mongo_database
from chassis.composition.distributed import distributed
from chassis.composition.distributed_settings import DistributedSettings


async def stored_data(settings: DistributedSettings) -> list[tuple[str, bytes]]:
    """Return every event, message and document as bytes, each with its stream, topic or collection."""
    return [*await _events_and_messages(settings), *await _documents(settings)]


async def _events_and_messages(settings: DistributedSettings) -> list[tuple[str, bytes]]:
    async with distributed(settings) as infrastructure:
        found = [
            (event.stream, event.data + event.metadata + event.stream.encode())
            async for page in infrastructure.events.read_all()
            for event in page
        ]
        async for batch in infrastructure.bus.follow([topic.name for topic in TOPICS], from_start=True):
            if not batch:
                return found
            found += [(message.topic, message.key.encode() + message.value) for message in batch]
    raise AssertionError("the topics have no end")


async def _documents(settings: DistributedSettings) -> list[tuple[str, bytes]]:
    uri, name = settings.mongodb_uri.get_secret_value(), settings.mongodb_database
    async with mongo_database(uri, name) as database:
        return [
            (collection, repr(document).encode())
            for collection in await database.list_collection_names()
            async for document in database[collection].find()
        ]
