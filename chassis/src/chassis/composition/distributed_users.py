"""Users of the servers of the distributed deployment mode; the settings are those of an administrator of each."""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from chassis.adapters.kafka import access_control
from chassis.adapters.kurrent import users as event_users
from chassis.adapters.minio import users as object_users
from chassis.adapters.mongo import users as database_users
from chassis.adapters.mongo.database import mongo_database
from chassis.composition.distributed import kafka_connection, naming_setting, s3_connection
from chassis.composition.distributed_settings import DistributedSettings
from chassis.ports.store_users import DatabaseUser, EventUser, ObjectUser, TopicAcl


async def grant_events(
    settings: DistributedSettings, users: Sequence[EventUser], default_acl: Mapping[str, JsonValue]
) -> None:
    """Make users of EventStoreDB and the default rights on its streams. Raises `StoreUnavailable`."""
    with naming_setting("EVENTSTOREDB_URI"):
        await event_users.grant(settings.eventstoredb_uri.get_secret_value(), users, default_acl)


async def grant_topics(settings: DistributedSettings, acls: Sequence[TopicAcl]) -> None:
    """Add access control lists of Kafka, whose users exist. Raises `StoreUnavailable`."""
    await access_control.grant(kafka_connection(settings), acls)


async def grant_documents(settings: DistributedSettings, users: Sequence[DatabaseUser]) -> None:
    """Make users of the MongoDB with the documents. Raises `StoreUnavailable`."""
    await _grant_in(settings.mongodb_uri.get_secret_value(), users, "MONGODB_URI", settings)


async def grant_keys(settings: DistributedSettings, users: Sequence[DatabaseUser]) -> None:
    """Make users of the MongoDB with the keys. Raises `StoreUnavailable`."""
    await _grant_in(settings.mongodb_keys_uri.get_secret_value(), users, "MONGODB_KEYS_URI", settings)


async def grant_objects(settings: DistributedSettings, users: Sequence[ObjectUser]) -> None:
    """Make access keys of MinIO and their policies. Raises `StoreUnavailable`."""
    await object_users.grant(s3_connection(settings), users)


async def _grant_in(uri: str, users: Sequence[DatabaseUser], setting: str, settings: DistributedSettings) -> None:
    with naming_setting(setting):
        async with mongo_database(uri, "admin", settings.mongodb_driver) as admin:
            await database_users.grant(admin, users, setting=setting)
