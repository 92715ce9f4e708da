"""Making the topics that are declared in the contracts, and keeping their settings as declared."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import NamedTuple

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import NoError, TopicAlreadyExistsError, for_code

from california_gold_contracts.topics import Topic
from chassis.adapters.kafka.connection import KafkaConnection
from chassis.adapters.kafka.errors import asking_kafka

_PATIENCE_SECONDS = 60.0
_PAUSE_SECONDS = 0.1
_SET_FOR_THE_TOPIC = 1
Settings = Mapping[str, str]


async def apply(connection: KafkaConnection, topics: Sequence[Topic], replication: int) -> Sequence[str]:
    """Make missing topics and change settings that differ; return a line for each thing done, none when all was well.

    Settings that somebody else made stay. The number of partitions of a topic that is there stays too, and a line says
    so when it differs: more of them would move keys to other partitions, past events that are still to be read.
    Raises `StoreUnavailable`.
    """
    async with _administration(connection) as admin:
        present = await _present(admin, topics)
        done = [*await _made(admin, [topic for topic in topics if topic.name not in present], replication)]
        for topic in topics:
            if topic.name in present:
                done += _partitions_kept(topic, present[topic.name])
                done += await _configured(admin, topic, _settings(topic, replication))
        while done and not await _is_seen(admin, topics, replication):  # noqa: ASYNC110  (brokers tell nobody)
            await asyncio.sleep(_PAUSE_SECONDS)
        return done


def _settings(topic: Topic, replication: int) -> Settings:
    kept = -1 if topic.retention is None else topic.retention // timedelta(milliseconds=1)
    return {
        "cleanup.policy": "compact" if topic.compacted else "delete",
        "retention.ms": str(kept),
        "retention.bytes": "-1",
        "max.message.bytes": str(topic.largest_bytes),
        "min.insync.replicas": str(max(1, replication - 1)),
    }


async def _present(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> Mapping[str, int]:
    """Return how many partitions each topic has that is there."""
    found = await admin.describe_topics([topic.name for topic in topics])
    return {topic["topic"]: len(topic["partitions"]) for topic in found if not topic["error_code"]}


async def _is_seen(admin: AIOKafkaAdminClient, topics: Sequence[Topic], replication: int) -> bool:
    """Say whether the broker that answers knows what the controller was told."""
    if len(await _present(admin, topics)) < len(topics):
        return False
    return not any([(await _described(admin, topic)).changed(_settings(topic, replication)) for topic in topics])


async def _made(admin: AIOKafkaAdminClient, topics: Sequence[Topic], replication: int) -> Sequence[str]:
    if not topics:
        return []
    new = [
        NewTopic(topic.name, topic.partitions, replication, topic_configs=dict(_settings(topic, replication)))
        for topic in topics
    ]
    response = await admin.create_topics(new)
    for _, code, *_ in response.topic_errors:
        error = for_code(code)
        if error not in (NoError, TopicAlreadyExistsError):
            raise error
    return [f"{topic.name}: made with {topic.partitions} partitions" for topic in topics]


def _partitions_kept(topic: Topic, present: int) -> Sequence[str]:
    if present == topic.partitions:
        return []
    return [f"{topic.name}: has {present} partitions, {topic.partitions} are declared; left as it is, keys would move"]


async def _configured(admin: AIOKafkaAdminClient, topic: Topic, declared: Settings) -> Sequence[str]:
    described = await _described(admin, topic)
    changed = described.changed(declared)
    if not changed:
        return []
    given = {**described.given, **declared}
    (answer,) = await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name, given)])
    for code, *_ in answer.resources:
        if code:
            raise for_code(code)
    return [f"{topic.name}: {name} is {value} now, it was {described.all.get(name)}" for name, value in changed.items()]


class _Described(NamedTuple):
    """The settings of a topic: `given` are those that somebody gave it, the others are the broker's."""

    all: Settings
    given: Settings

    def changed(self, declared: Settings) -> Settings:
        return {name: value for name, value in declared.items() if self.all.get(name) != value}


async def _described(admin: AIOKafkaAdminClient, topic: Topic) -> _Described:
    (response,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name)])
    entries = response.resources[0][4]
    given = {name: value for name, value, _, source, *_ in entries if source == _SET_FOR_THE_TOPIC}
    return _Described({name: value for name, value, *_ in entries}, given)


@asynccontextmanager
async def _administration(connection: KafkaConnection) -> AsyncGenerator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**connection.client_arguments())
    try:
        async with asking_kafka(_PATIENCE_SECONDS):
            await admin.start()
            yield admin
    finally:
        await admin.close()
