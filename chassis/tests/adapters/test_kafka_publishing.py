import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest

from california_gold_contracts.topics import Topic
from chassis.adapters.kafka.batches import LARGEST_BYTES, partition_of
from chassis.adapters.kafka.message_bus import KafkaMessageBus
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.message_bus import Message, MessageTooLarge
from testkit.conformance.samples import first, unique

MakeTopic = Callable[[int], Awaitable[Topic]]


@pytest.mark.parametrize(
    ("key", "hash_of_key"),
    [("21", -973932308), ("foobar", -790332482), ("a-little-bit-long-string", -985981536), ("", 275646681)],
)
def test_a_key_has_the_partition_that_every_other_client_gives_it(key: str, hash_of_key: int) -> None:
    """The hashes are those that Kafka's own clients are held to (UtilsTest.testMurmur2)."""
    for partitions in (1, 3, 12):
        assert partition_of(key, partitions) == (hash_of_key & 0x7FFFFFFF) % partitions


async def test_a_key_with_letters_of_any_language_is_hashed_by_its_utf8(
    kafka_bus: KafkaMessageBus, make_topic: MakeTopic
) -> None:
    topic = await make_topic(12)
    await kafka_bus.publish([Message(topic.name, key, b"") for key in ("ключ", "钥匙", "k")])
    messages = await first(kafka_bus.follow([topic.name], from_start=True), 3)
    assert {message.key: message.partition for message in messages} == {
        key: partition_of(key, 12) for key in ("ключ", "钥匙", "k")
    }


async def test_calls_that_run_at_once_keep_each_keys_order(kafka_bus: KafkaMessageBus, make_topic: MakeTopic) -> None:
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


@pytest.mark.parametrize("size", [3 * 1024 * 1024, LARGEST_BYTES + 1])
async def test_a_message_over_the_limit_is_refused_and_others_pass(
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


async def test_a_topic_that_nobody_made_is_named_with_what_to_do(
    kafka_bus: KafkaMessageBus, make_topic: MakeTopic
) -> None:
    name = unique("tests.missing-")
    saying = rf"no topic {name}: run `california-gold topics apply`"
    with pytest.raises(StoreUnavailable, match=saying):
        await kafka_bus.publish([Message(name, "k", b"")])
    with pytest.raises(StoreUnavailable, match=saying):
        await kafka_bus.lag([name], "group")
    with pytest.raises(StoreUnavailable, match=saying):
        await anext(kafka_bus.follow([name], from_start=True))
    async with kafka_bus.subscribe([name], "group") as member:
        with pytest.raises(StoreUnavailable, match=saying):
            await anext(member.batches())


async def test_a_topic_that_is_made_later_is_found(kafka_bus: KafkaMessageBus, make_topic: MakeTopic) -> None:
    with pytest.raises(StoreUnavailable):
        await kafka_bus.publish([Message(unique("tests.missing-"), "k", b"")])
    topic = await make_topic(1)
    await kafka_bus.publish([Message(topic.name, "k", b"0")])
