"""Records that other producers write to a topic, and control records that the broker writes."""

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Literal

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.util import calc_crc32c
from aiokafka.structs import TopicPartition

from california_gold_contracts.topics import Topic
from chassis.adapters.kafka import polling
from chassis.adapters.kafka.clients import Consumer
from chassis.adapters.kafka.message_bus import KafkaMessageBus
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.message_bus import ReceivedMessage
from testkit.conformance.samples import first, unique
from testkit.eventually import eventually
from testkit.running import running

Compression = Literal["gzip", "snappy", "lz4", "zstd"]
MakeTopic = Callable[[int], Awaitable[Topic]]


@pytest.fixture
async def other_producer(kafka_bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=[kafka_bootstrap])
    await producer.start()
    yield producer
    await producer.stop()


async def test_missing_keys_values_and_header_values_are_read_as_empty(
    kafka_bus: KafkaMessageBus, make_topic: MakeTopic, other_producer: AIOKafkaProducer
) -> None:
    topic = (await make_topic(1)).name
    await other_producer.send_and_wait(topic, b"no key")
    await other_producer.send_and_wait(topic, None, b"no value")
    await other_producer.send_and_wait(topic, b"v", b"\xff\xfe")
    await other_producer.send_and_wait(topic, b"v", b"k", headers=[("null", None)])
    messages = await _acknowledged(kafka_bus, topic, 4)

    assert [(message.key, message.value, message.headers) for message in messages] == [
        ("", b"no key", ()),
        ("no value", b"", ()),
        ("\ufffd\ufffd", b"v", ()),
        ("k", b"v", (("null", b""),)),
    ]


@pytest.mark.parametrize("compression", ["gzip", "snappy", "lz4", "zstd"])
async def test_every_compression_codec_is_read(
    kafka_bus: KafkaMessageBus, make_topic: MakeTopic, kafka_bootstrap: str, compression: Compression
) -> None:
    topic = (await make_topic(1)).name
    producer = AIOKafkaProducer(bootstrap_servers=[kafka_bootstrap], compression_type=compression)
    await producer.start()
    await producer.send_and_wait(topic, b"text " * 1000, b"k")
    await producer.stop()

    assert [message.value for message in await _acknowledged(kafka_bus, topic, 1)] == [b"text " * 1000]


async def test_a_record_with_an_unreadable_header_becomes_an_empty_message(
    kafka_bus: KafkaMessageBus, make_topic: MakeTopic, other_producer: AIOKafkaProducer
) -> None:
    topic = (await make_topic(2)).name
    await other_producer.send_and_wait(topic, b"before", b"k", partition=0)
    await (await other_producer.send_batch(_with_unreadable_header(other_producer), topic, partition=0))
    await other_producer.send_and_wait(topic, b"after", b"k", partition=0)
    await other_producer.send_and_wait(topic, b"elsewhere", b"k", partition=1)
    messages = await _acknowledged(kafka_bus, topic, 4)

    assert [message.value for message in messages if message.partition == 0] == [b"before", b"", b"after"]
    assert [message.value for message in messages if message.partition == 1] == [b"elsewhere"]


async def test_a_dropped_poll_is_not_lost_when_kafka_is_away_during_the_rewind(
    kafka_bus: KafkaMessageBus, make_topic: MakeTopic, other_producer: AIOKafkaProducer, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic, group = (await make_topic(9)).name, unique("group")
    for number in range(1, 9):
        await other_producer.send_and_wait(topic, b"readable", b"k", partition=number)
    await (await other_producer.send_batch(_with_unreadable_header(other_producer), topic, partition=0))
    with monkeypatch.context() as away:
        away.setattr(polling, "_MAX_SILENCE_SECONDS", 2.0)
        away.setattr(Consumer, "committed", _wait_forever)
        async with kafka_bus.subscribe([topic], group) as member:
            with pytest.raises(StoreUnavailable, match="was rewound"):
                await first(member.batches(), 9)

    messages = await _acknowledged(kafka_bus, topic, 9, group)
    assert sorted(message.value for message in messages) == [b"", *[b"readable"] * 8]


async def test_transaction_markers_do_not_count_as_lag(
    kafka_bus: KafkaMessageBus, make_topic: MakeTopic, kafka_bootstrap: str
) -> None:
    topic, group = (await make_topic(1)).name, unique("group")
    producer = AIOKafkaProducer(bootstrap_servers=[kafka_bootstrap], transactional_id=unique("tx"))
    await producer.start()
    await producer.begin_transaction()
    await producer.send_and_wait(topic, b"v", b"k")
    await producer.commit_transaction()
    await producer.stop()

    async def work() -> None:
        async with kafka_bus.subscribe([topic], group) as member:
            async for batch in member.batches():
                await member.acknowledge(batch)

    async def no_lag() -> bool:
        return [(lag.behind, lag.acknowledged) for lag in await kafka_bus.lag([topic], group)] == [(0, 2)]

    async with running(work()):
        await eventually(no_lag)


async def _acknowledged(
    bus: KafkaMessageBus, topic: str, count: int, group: str | None = None
) -> Sequence[ReceivedMessage]:
    group = group or unique("group")
    async with bus.subscribe([topic], group) as member:
        messages = await first(member.batches(), count)
        await member.acknowledge(messages)
    assert [lag.behind for lag in await bus.lag([topic], group)] == [0]
    return messages


def _with_unreadable_header(producer: AIOKafkaProducer) -> BatchBuilder:
    batch = producer.create_batch()
    batch.append(timestamp=None, key=b"k", value=b"v", headers=[("name", b"")])
    data = bytearray(batch._build())
    data[data.index(b"name")] = 0xFF
    struct.pack_into(">I", data, 17, calc_crc32c(bytes(data[21:])))
    batch._buffer = bytes(data)
    return batch


async def _wait_forever(_consumer: Consumer, _partition: TopicPartition) -> int:
    await asyncio.Event().wait()
    return 0
