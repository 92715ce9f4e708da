"""Creation and configuration of the topics that the contracts declare."""

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
from chassis.adapters.kafka.errors import kafka_timeout

_APPLY_TIMEOUT_SECONDS = 60.0
_RETRY_PAUSE_SECONDS = 0.1
_DYNAMIC_TOPIC_CONFIG = 1
TopicConfig = Mapping[str, str]


async def apply(connection: KafkaConnection, topics: Sequence[Topic], replication: int) -> Sequence[str]:
    """Create missing topics and change configuration that differs; return one line per change.

    Configuration that the contracts do not declare is kept. The number of partitions of an existing topic is kept too,
    and a line says so when it differs: new partitions would move keys, past events that are still to be read.
    Raises `StoreUnavailable`.
    """
    async with admin_client(connection) as admin:
        existing = await _partition_counts(admin, topics)
        changes = [*await _create(admin, [topic for topic in topics if topic.name not in existing], replication)]
        for topic in topics:
            if topic.name in existing:
                changes += _compare_partitions(topic, existing[topic.name])
                changes += await _configure(admin, topic, _declared_config(topic, replication))
        while changes and not await _is_applied(admin, topics, replication):  # noqa: ASYNC110  (brokers do not notify)
            await asyncio.sleep(_RETRY_PAUSE_SECONDS)
        return changes


async def differences(connection: KafkaConnection, topics: Sequence[Topic], replication: int) -> Sequence[str]:
    """Return what differs from the declarations, one line per difference. Raises `StoreUnavailable`."""
    async with admin_client(connection) as admin:
        existing = await _partition_counts(admin, topics)
        found = [f"there is no topic {topic.name}" for topic in topics if topic.name not in existing]
        for topic in topics:
            if topic.name in existing:
                found += _compare_partitions(topic, existing[topic.name])
                changes = (await _described(admin, topic)).changes(_declared_config(topic, replication))
                found += [f"{topic.name}: {name} is not {value}" for name, value in changes.items()]
        return found


def _declared_config(topic: Topic, replication: int) -> TopicConfig:
    retention_ms = -1 if topic.retention is None else topic.retention // timedelta(milliseconds=1)
    return {
        "cleanup.policy": "compact" if topic.compacted else "delete",
        "retention.ms": str(retention_ms),
        "retention.bytes": "-1",
        "max.message.bytes": str(topic.largest_bytes),
        "min.insync.replicas": str(max(1, replication - 1)),
    }


async def _partition_counts(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> Mapping[str, int]:
    """Return the number of partitions of each topic that exists."""
    found = await admin.describe_topics([topic.name for topic in topics])
    return {topic["topic"]: len(topic["partitions"]) for topic in found if not topic["error_code"]}


async def _is_applied(admin: AIOKafkaAdminClient, topics: Sequence[Topic], replication: int) -> bool:
    """Return whether the broker that answers has received the changes from the controller."""
    if len(await _partition_counts(admin, topics)) < len(topics):
        return False
    return not any([(await _described(admin, topic)).changes(_declared_config(topic, replication)) for topic in topics])


async def _create(admin: AIOKafkaAdminClient, topics: Sequence[Topic], replication: int) -> Sequence[str]:
    if not topics:
        return []
    new = [
        NewTopic(topic.name, topic.partitions, replication, topic_configs=dict(_declared_config(topic, replication)))
        for topic in topics
    ]
    response = await admin.create_topics(new)
    for _, code, *_ in response.topic_errors:
        error = for_code(code)
        if error not in (NoError, TopicAlreadyExistsError):
            raise error
    return [f"{topic.name}: created with {topic.partitions} partitions" for topic in topics]


def _compare_partitions(topic: Topic, existing: int) -> Sequence[str]:
    if existing == topic.partitions:
        return []
    return [f"{topic.name}: has {existing} partitions, {topic.partitions} are declared; kept, because keys would move"]


async def _configure(admin: AIOKafkaAdminClient, topic: Topic, declared: TopicConfig) -> Sequence[str]:
    described = await _described(admin, topic)
    changes = described.changes(declared)
    if not changes:
        return []
    overrides = {**described.overrides, **declared}
    (answer,) = await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name, overrides)])
    for code, *_ in answer.resources:
        if code:
            raise for_code(code)
    return [
        f"{topic.name}: {name} changed from {described.all.get(name)} to {value}" for name, value in changes.items()
    ]


class _Described(NamedTuple):
    """The configuration of a topic: `overrides` were set for this topic, the others are the broker's defaults."""

    all: TopicConfig
    overrides: TopicConfig

    def changes(self, declared: TopicConfig) -> TopicConfig:
        return {name: value for name, value in declared.items() if self.all.get(name) != value}


async def _described(admin: AIOKafkaAdminClient, topic: Topic) -> _Described:
    (response,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name)])
    entries = response.resources[0][4]
    overrides = {name: value for name, value, _, source, *_ in entries if source == _DYNAMIC_TOPIC_CONFIG}
    return _Described({name: value for name, value, *_ in entries}, overrides)


@asynccontextmanager
async def admin_client(connection: KafkaConnection) -> AsyncGenerator[AIOKafkaAdminClient]:
    """Open the driver's admin client. Errors of the driver become `StoreUnavailable`, also after one minute."""
    admin = AIOKafkaAdminClient(**connection.client_arguments())
    try:
        async with kafka_timeout(_APPLY_TIMEOUT_SECONDS):
            await admin.start()
            yield admin
    finally:
        await admin.close()
