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
    return Topic(unique("tests.things-"), "tests", "key", partitions=3, retention=timedelta(days=7))


async def configured(connection: KafkaConnection, topic: Topic, given: dict[str, str] | None = None) -> dict[str, str]:
    """Return the settings of a topic, after some were changed by hand."""
    resource = ConfigResource(ConfigResourceType.TOPIC, topic.name, given)
    admin = AIOKafkaAdminClient(**connection.client_arguments())
    await admin.start()

    async def settings() -> dict[str, str] | None:
        (response,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name)])
        found = {name: value for name, value, *_ in response.resources[0][4]}
        return found if found.items() >= (given or {}).items() else None

    if given:
        await admin.alter_configs([resource])
    found = await eventually(settings)
    await admin.close()
    assert found is not None
    return found


async def test_a_missing_topic_is_made_as_declared(connection: KafkaConnection, topic: Topic) -> None:
    assert await apply(connection, [topic], 1) == [f"{topic.name}: made with 3 partitions"]
    settings = await configured(connection, topic)
    assert settings["retention.ms"] == str(7 * 24 * 3600 * 1000)
    assert settings["cleanup.policy"] == "delete"
    assert settings["max.message.bytes"] == str(topic.largest_bytes)


async def test_a_compacted_topic_and_one_for_ever_are_kept_so(connection: KafkaConnection, topic: Topic) -> None:
    kept = replace(topic, retention=None, compacted=True)
    await apply(connection, [kept], 1)
    settings = await configured(connection, kept)
    assert (settings["cleanup.policy"], settings["retention.ms"]) == ("compact", "-1")


async def test_to_apply_again_changes_nothing(connection: KafkaConnection, topic: Topic) -> None:
    await apply(connection, [topic], 1)
    assert await apply(connection, [topic], 1) == []


async def test_settings_that_differ_are_changed_and_others_stay(connection: KafkaConnection, topic: Topic) -> None:
    await apply(connection, [topic], 1)
    await configured(connection, topic, {"segment.ms": "3600000", "retention.ms": "5"})
    done = await apply(connection, [topic], 1)
    settings = await configured(connection, topic)
    assert f"{topic.name}: retention.ms is {settings['retention.ms']} now, it was 5" in done
    assert settings["retention.ms"] == str(7 * 24 * 3600 * 1000)
    assert settings["segment.ms"] == "3600000"
    assert await apply(connection, [topic], 1) == []


@pytest.mark.parametrize("declared", [2, 6])
async def test_the_number_of_partitions_of_a_topic_that_is_there_stays(
    connection: KafkaConnection, topic: Topic, declared: int
) -> None:
    await apply(connection, [topic], 1)
    other = replace(topic, partitions=declared)
    saying = f"{topic.name}: has 3 partitions, {declared} are declared; left as it is, keys would move"
    assert await apply(connection, [other], 1) == [saying]
    assert await apply(connection, [other], 1) == [saying]


async def test_what_the_contracts_declare_can_be_made(connection: KafkaConnection) -> None:
    renamed = [replace(topic, name=unique(topic.name)) for topic in TOPICS]
    assert len(await apply(connection, renamed, 1)) == len(TOPICS)
    assert await apply(connection, renamed, 1) == []


async def test_more_copies_than_brokers_are_refused(connection: KafkaConnection, topic: Topic) -> None:
    with pytest.raises(StoreUnavailable, match="InvalidReplicationFactorError"):
        await apply(connection, [topic], 200)


async def test_a_broker_that_is_away_is_said_to_be(topic: Topic) -> None:
    with pytest.raises(StoreUnavailable):
        await apply(KafkaConnection(f"127.0.0.1:{free_port()}"), [topic], 1)
