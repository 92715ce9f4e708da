"""Giving each service its own users in the stores."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import typer

from california_gold.credentials import event_store, kafka, mongodb, object_store
from california_gold.credentials.secrets_folder import StoreCredentials, read_folder
from california_gold.operations.waiting import when_available
from california_gold.settings import DistributedAllSettings
from chassis.composition.distributed_settings import DistributedSettings
from chassis.ports.store_users import EventUser, ObjectUser
from chassis.runtime import logging
from chassis.runtime.settings import load

Grant = Callable[[DistributedSettings, Sequence[StoreCredentials]], Awaitable[None]]


def apply(folder: Path, stores: Sequence[str], wait_seconds: int) -> None:
    """Make users and rights in some stores what a folder says. May be repeated, beside running processes."""
    settings = load(DistributedSettings, accepted=DistributedAllSettings)
    logging.configure(settings.log_format, settings.log_level)
    asyncio.run(_apply(settings, read_folder(folder), stores, wait_seconds))


async def _apply(
    settings: DistributedSettings, services: Sequence[StoreCredentials], stores: Sequence[str], wait_seconds: int
) -> None:
    for store in stores:
        await when_available(lambda store=store: _GRANTS[store](settings, services), wait_seconds)
        typer.echo(f"{store}: the services have their users and rights")


async def _grant_events(settings: DistributedSettings, services: Sequence[StoreCredentials]) -> None:
    from chassis.composition.distributed_users import grant_events

    users = [
        EventUser(*user, groups=[event_store.group_of(each.service)])
        for each in services
        if (user := each.event_store_user)
    ]
    await grant_events(settings, users, event_store.access_control())


async def _grant_topics(settings: DistributedSettings, services: Sequence[StoreCredentials]) -> None:
    from chassis.composition.distributed_users import grant_topics

    named = [each for each in services if each.kafka_username]
    await grant_topics(settings, [acl for each in named for acl in kafka.acls(each.service, each.kafka_username)])


async def _grant_documents(settings: DistributedSettings, services: Sequence[StoreCredentials]) -> None:
    from chassis.composition.distributed_users import grant_documents, grant_keys

    database = settings.mongodb_database
    await grant_documents(settings, [user for each in services for user in mongodb.users(each, database)])
    await grant_keys(settings, [user for each in services for user in mongodb.key_users(each, database)])


async def _grant_objects(settings: DistributedSettings, services: Sequence[StoreCredentials]) -> None:
    from chassis.composition.distributed_users import grant_objects

    users = [
        ObjectUser(
            *key, f"california-gold-{each.service}", object_store.policy(each.service, settings.s3_bucket_prefix)
        )
        for each in services
        if (key := each.object_key)
    ]
    await grant_objects(settings, users)


_GRANTS: Mapping[str, Grant] = {
    "eventstoredb": _grant_events,
    "kafka": _grant_topics,
    "mongodb": _grant_documents,
    "s3": _grant_objects,
}
