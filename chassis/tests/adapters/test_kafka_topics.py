from dataclasses import replace
from datetime import timedelta

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from california_gold_contracts.topics import TOPICS, Topic
from chassis.adapters.kafka.connection import KafkaConnection
from chassis.adapters.kafka.topics import apply
from chassis.ports.event_store import StoreUnavailable
from testkit.conformance.samples import unique
from testkit.eventually import eventually
from tests.servers.ports import free_port


@pytest.fixture
def connection(kafka_bootstrap: str) -> KafkaConnection:
    return KafkaConnection(kafka_bootstrap)


@pytest.fixture
def topic() -> Topic:
    return Topic(unique("tests.letters-"), "tests", "key", partitions=3, retention=timedelta(days=7))


async def configured(
    connection: KafkaConnection, topic: Topic, overrides: dict[str, str] | None = None
) -> dict[str, str]:
    """Return the configuration of a topic, after setting `overrides` by hand."""
    resource = ConfigResource(ConfigResourceType.TOPIC, topic.name, overrides)
    admin = AIOKafkaAdminClient(**connection.client_arguments())
    await admin.start()

    async def settings() -> dict[str, str] | None:
        (response,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name)])
        found = {name: value for name, value, *_ in response.resources[0][4]}
        return found if found.items() >= (overrides or {}).items() else None

    if overrides:
        await admin.alter_configs([resource])
    found = await eventually(settings)
    await admin.close()
    assert found is not None
    return found


async def test_a_missing_topic_is_created_as_declared(connection: KafkaConnection, topic: Topic) -> None:
    assert await apply(connection, [topic], 1) == [f"{topic.name}: created with 3 partitions"]
    settings = await configured(connection, topic)
    assert settings["retention.ms"] == str(7 * 24 * 3600 * 1000)
    assert settings["cleanup.policy"] == "delete"
    assert settings["max.message.bytes"] == str(topic.largest_bytes)


async def test_compaction_and_unlimited_retention_are_configured(connection: KafkaConnection, topic: Topic) -> None:
    kept = replace(topic, retention=None, compacted=True)
    await apply(connection, [kept], 1)
    settings = await configured(connection, kept)
    assert (settings["cleanup.policy"], settings["retention.ms"]) == ("compact", "-1")


async def test_applying_again_changes_nothing(connection: KafkaConnection, topic: Topic) -> None:
    await apply(connection, [topic], 1)
    assert await apply(connection, [topic], 1) == []


async def test_declared_settings_are_changed_and_others_kept(connection: KafkaConnection, topic: Topic) -> None:
    await apply(connection, [topic], 1)
    await configured(connection, topic, {"segment.ms": "3600000", "retention.ms": "5"})
    done = await apply(connection, [topic], 1)
    settings = await configured(connection, topic)
    assert f"{topic.name}: retention.ms changed from 5 to {settings['retention.ms']}" in done
    assert settings["retention.ms"] == str(7 * 24 * 3600 * 1000)
    assert settings["segment.ms"] == "3600000"
    assert await apply(connection, [topic], 1) == []


@pytest.mark.parametrize("declared", [2, 6])
async def test_the_partition_count_of_an_existing_topic_is_kept(
    connection: KafkaConnection, topic: Topic, declared: int
) -> None:
    await apply(connection, [topic], 1)
    other = replace(topic, partitions=declared)
    line = f"{topic.name}: has 3 partitions, {declared} are declared; kept, because keys would move"
    assert await apply(connection, [other], 1) == [line]
    assert await apply(connection, [other], 1) == [line]


async def test_all_declared_topics_can_be_created(connection: KafkaConnection) -> None:
    renamed = [replace(topic, name=unique(topic.name)) for topic in TOPICS]
    assert len(await apply(connection, renamed, 1)) == len(TOPICS)
    assert await apply(connection, renamed, 1) == []


async def test_more_replicas_than_brokers_are_refused(connection: KafkaConnection, topic: Topic) -> None:
    with pytest.raises(StoreUnavailable, match="InvalidReplicationFactorError"):
        await apply(connection, [topic], 200)


async def test_an_unreachable_broker_raises_store_unavailable(topic: Topic) -> None:
    with pytest.raises(StoreUnavailable):
        await apply(KafkaConnection(f"127.0.0.1:{free_port()}"), [topic], 1)
