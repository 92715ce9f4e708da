import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest

from california_gold_contracts.topics import Topic
from chassis.adapters.kafka.message_bus import KafkaMessageBus
from chassis.adapters.kafka.publisher import MAX_MESSAGE_BYTES, partition_of_key
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.message_bus import Message, MessageTooLarge
from testkit.conformance.samples import first, unique

MakeTopic = Callable[[int], Awaitable[Topic]]


@pytest.mark.parametrize(
    ("key", "hash_of_key"),
    [("21", -973932308), ("foobar", -790332482), ("a-little-bit-long-string", -985981536), ("", 275646681)],
)
def test_a_key_gets_the_partition_of_the_default_partitioner(key: str, hash_of_key: int) -> None:
    """The hashes are those of the tests of Kafka's Java client (UtilsTest.testMurmur2)."""
    for partitions in (1, 3, 12):
        assert partition_of_key(key, partitions) == (hash_of_key & 0x7FFFFFFF) % partitions


async def test_a_key_is_hashed_as_utf8(kafka_bus: KafkaMessageBus, make_topic: MakeTopic) -> None:
    topic = await make_topic(12)
    await kafka_bus.publish([Message(topic.name, key, b"") for key in ("ключ", "钥匙", "k")])
    messages = await first(kafka_bus.follow([topic.name], from_start=True), 3)
    assert {message.key: message.partition for message in messages} == {
        key: partition_of_key(key, 12) for key in ("ключ", "钥匙", "k")
    }


async def test_concurrent_calls_keep_the_order_of_each_key(kafka_bus: KafkaMessageBus, make_topic: MakeTopic) -> None:
    topic = await make_topic(2)
    calls = [
        kafka_bus.publish([Message(topic.name, f"key-{key}", b"%d" % (call * 3 + step)) for step in range(3)])
        for call in range(100)
        for key in range(3)
    ]
    await asyncio.gather(*calls)
    messages = await first(kafka_bus.follow([topic.name], from_start=True), 900)
    for key in range(3):
        assert [int(message.value) for message in messages if message.key == f"key-{key}"] == list(range(300))


async def test_a_page_of_large_messages_arrives_in_order(kafka_bus: KafkaMessageBus, make_topic: MakeTopic) -> None:
    topic = await make_topic(1)
    page = [Message(topic.name, "k", b"%d" % number + b" " * 300_000 * (number % 3)) for number in range(30)]
    await kafka_bus.publish(page)
    messages = await first(kafka_bus.follow([topic.name], from_start=True), 30)
    assert [int(message.value) for message in messages] == list(range(30))


@pytest.mark.parametrize("size", [3 * 1024 * 1024, MAX_MESSAGE_BYTES + 1])
async def test_a_message_that_is_too_large_is_refused_and_later_ones_are_published(
    kafka_bus: KafkaMessageBus, make_topic: MakeTopic, size: int
) -> None:
    topic = await make_topic(1)
    incompressible = random.Random(1).randbytes(size)
    await kafka_bus.publish([Message(topic.name, "k", b"0")])
    with pytest.raises(MessageTooLarge, match=topic.name):
        await kafka_bus.publish([Message(topic.name, "k", incompressible)])
    await kafka_bus.publish([Message(topic.name, "k", b"1")])
    messages = await first(kafka_bus.follow([topic.name], from_start=True), 2)
    assert [message.value for message in messages] == [b"0", b"1"]


async def test_the_error_for_a_missing_topic_names_it_and_the_command_that_creates_it(
    kafka_bus: KafkaMessageBus, make_topic: MakeTopic
) -> None:
    name = unique("tests.missing-")
    error = rf"no topic {name}: run `california-gold topics apply`"
    with pytest.raises(StoreUnavailable, match=error):
        await kafka_bus.publish([Message(name, "k", b"")])
    with pytest.raises(StoreUnavailable, match=error):
        await kafka_bus.lag([name], "group")
    with pytest.raises(StoreUnavailable, match=error):
        await anext(kafka_bus.follow([name], from_start=True))
    async with kafka_bus.subscribe([name], "group") as member:
        with pytest.raises(StoreUnavailable, match=error):
            await anext(member.batches())


async def test_a_topic_that_is_created_later_is_found(kafka_bus: KafkaMessageBus, make_topic: MakeTopic) -> None:
    with pytest.raises(StoreUnavailable):
        await kafka_bus.publish([Message(unique("tests.missing-"), "k", b"")])
    topic = await make_topic(1)
    await kafka_bus.publish([Message(topic.name, "k", b"0")])
