"""A silent topic is normal; a consumer that does not receive existing records is stalled."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

import pytest
from aiokafka.structs import ConsumerRecord, TopicPartition

from california_gold_contracts.topics import Topic
from chassis.adapters.kafka import polling
from chassis.adapters.kafka.clients import Consumer
from chassis.adapters.kafka.message_bus import KafkaMessageBus
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.message_bus import Message, ReceivedMessage
from testkit.conformance.samples import first, unique

MakeTopic = Callable[[int], Awaitable[Topic]]


async def test_a_follower_waits_on_a_silent_topic(
    kafka_bus: KafkaMessageBus, make_topic: MakeTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "_MAX_SILENCE_SECONDS", 1.0)
    topic = (await make_topic(2)).name
    follower = await _caught_up(kafka_bus, topic)
    following = asyncio.ensure_future(anext(follower))
    _, still_waiting = await asyncio.wait({following}, timeout=3.5)
    assert still_waiting

    await kafka_bus.publish([Message(topic, "k", b"v")])

    assert [message.value for message in await following] == [b"v"]


async def test_a_follower_fails_when_its_consumer_stalls(
    kafka_bus: KafkaMessageBus, make_topic: MakeTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = (await make_topic(2)).name
    follower = await _caught_up(kafka_bus, topic)
    _stall(monkeypatch)
    await kafka_bus.publish([Message(topic, "k", b"v")])

    with pytest.raises(StoreUnavailable, match="is stalled"):
        await anext(follower)


async def test_a_group_member_fails_when_its_consumer_stalls(
    kafka_bus: KafkaMessageBus, make_topic: MakeTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic, group = (await make_topic(2)).name, unique("group")
    await kafka_bus.publish([Message(topic, "k", b"first")])
    async with kafka_bus.subscribe([topic], group) as member:
        await member.acknowledge(await first(member.batches(), 1))
        with monkeypatch.context() as broken:
            _stall(broken)
            await kafka_bus.publish([Message(topic, "k", b"second")])
            with pytest.raises(StoreUnavailable, match="is stalled"):
                await first(member.batches(), 1)

    async with kafka_bus.subscribe([topic], group) as member:
        assert [message.value for message in await first(member.batches(), 1)] == [b"second"]


async def _caught_up(bus: KafkaMessageBus, topic: str) -> AsyncIterator[Sequence[ReceivedMessage]]:
    follower = bus.follow([topic], from_start=False)
    assert await anext(follower) == []
    return follower


def _stall(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the driver return nothing, and check for a stall soon."""
    monkeypatch.setattr(Consumer, "getmany", _receive_nothing)
    monkeypatch.setattr(polling, "_MAX_SILENCE_SECONDS", 0.2)


async def _receive_nothing(*_: object, **__: Any) -> Mapping[TopicPartition, list[ConsumerRecord]]:
    await asyncio.Event().wait()
    return {}
