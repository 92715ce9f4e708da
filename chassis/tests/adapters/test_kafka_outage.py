"""A broker that starts late, freezes, is killed during work, and restarts."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Iterator
from pathlib import Path

import pytest

from california_gold_contracts.topics import Topic
from chassis.adapters.kafka.connection import KafkaConnection
from chassis.adapters.kafka.message_bus import KafkaMessageBus, kafka_message_bus
from chassis.adapters.kafka.topics import apply
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.message_bus import Message
from testkit.conformance.samples import first, next_page
from testkit.eventually import eventually
from testkit.running import running
from tests.servers.kafka import KafkaServer
from tests.servers.ports import free_port
from tests.servers.shared import required

TOPIC = Topic("tests.letters", "tests", "key", partitions=2)
GROUP = "workers"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[KafkaServer]:
    required(KafkaServer)
    server = KafkaServer(tmp_path / "kafka", free_port())
    yield server
    server.kill()


@pytest.fixture
async def bus(server: KafkaServer) -> AsyncIterator[KafkaMessageBus]:
    async with kafka_message_bus(KafkaConnection(server.endpoint)) as bus:
        yield bus


def messages(count: int, start: int = 0) -> list[Message]:
    return [Message(TOPIC.name, f"key-{number}", b"%d" % number) for number in range(start, start + count)]


@pytest.mark.thorough
async def test_publishing_and_consuming_resume_after_an_outage(server: KafkaServer, bus: KafkaMessageBus) -> None:
    await _all_calls_are_refused(bus)
    await asyncio.to_thread(server.start)
    await apply(KafkaConnection(server.endpoint), [TOPIC], 1)
    await bus.publish(messages(10))
    done = set[int]()
    async with running(_consume(bus, done)):
        await eventually(lambda: _includes(done, 10), within=20)
        async with bus.subscribe([TOPIC.name], "slow") as slow:
            unacknowledged = await first(slow.batches(), 10)
            follower = bus.follow([TOPIC.name], from_start=False)
            assert await next_page(follower) == []
            _freeze(server)
            await _are_refused(
                slow.acknowledge(unacknowledged), bus.publish(messages(1, start=10)), next_page(follower)
            )
            await asyncio.to_thread(server.kill)
        await _all_calls_are_refused(bus)
        await asyncio.to_thread(server.start)
        await eventually(lambda: _is_published(bus, messages(10, start=10)), within=30)
        await eventually(lambda: _includes(done, 20), within=30)
        await eventually(lambda: _has_no_lag(bus), within=20)


def _freeze(server: KafkaServer) -> None:
    """Suspend the broker: its connections stay open, and nothing is answered."""
    assert server.pid is not None
    os.kill(server.pid, signal.SIGSTOP)


async def _all_calls_are_refused(bus: KafkaMessageBus) -> None:
    async with bus.subscribe([TOPIC.name], GROUP) as member:
        await _are_refused(
            bus.publish(messages(1)),
            bus.lag([TOPIC.name], GROUP),
            next_page(bus.follow([TOPIC.name], from_start=True)),
            next_page(member.batches()),
        )


async def _are_refused(*calls: Awaitable[object]) -> None:
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [StoreUnavailable] * len(calls)


async def _consume(bus: KafkaMessageBus, done: set[int]) -> None:
    """Consume and join again whenever the bus is unavailable."""
    while True:
        try:
            async with bus.subscribe([TOPIC.name], GROUP) as member:
                async for batch in member.batches():
                    done.update(int(message.value) for message in batch)
                    await member.acknowledge(batch)
        except StoreUnavailable:
            await asyncio.sleep(0.1)


async def _includes(done: set[int], count: int) -> bool:
    return done >= set(range(count))


async def _is_published(bus: KafkaMessageBus, messages: list[Message]) -> bool:
    try:
        await bus.publish(messages)
    except StoreUnavailable:
        return False
    return True


async def _has_no_lag(bus: KafkaMessageBus) -> bool:
    return [lag.behind for lag in await bus.lag([TOPIC.name], GROUP)] == [0]
