"""Consumer groups: rebalances, long work, commits."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import TopicPartition

from california_gold_contracts.topics import Topic
from chassis.adapters.kafka import group_member
from chassis.adapters.kafka.clients import Consumer
from chassis.adapters.kafka.message_bus import KafkaMessageBus
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.message_bus import Message, ReceivedMessage, Subscription
from testkit.conformance.samples import first, unique
from testkit.eventually import eventually
from testkit.running import running

MakeTopic = Callable[[int], Awaitable[Topic]]
PARTITIONS = 4


@dataclass
class Worker:
    """A member that acknowledges every batch; `release`, if given, must be set first."""

    bus: KafkaMessageBus
    topic: str
    group: str
    release: asyncio.Event | None = None
    received: list[int] = field(default_factory=list[int])
    done: list[int] = field(default_factory=list[int])
    partitions: set[int] = field(default_factory=set[int])

    async def run(self) -> None:
        async with self.bus.subscribe([self.topic], self.group) as member:
            async for batch in member.batches():
                self.received += values(batch)
                self.partitions.update(message.partition for message in batch)
                if self.release is not None:
                    await self.release.wait()
                await self.bus.lag([self.topic], self.group)  # some work
                await member.acknowledge(batch)
                self.done += values(batch)


def values(messages: Sequence[ReceivedMessage]) -> list[int]:
    return [int(message.value) for message in messages]


def spread(topic: Topic, count: int, start: int = 0) -> list[Message]:
    """Return messages whose keys spread over all partitions."""
    return [Message(topic.name, f"key-{number % 50}", b"%d" % number) for number in range(start, start + count)]


async def no_lag(bus: KafkaMessageBus, topic: Topic, group: str) -> None:
    async def done() -> bool:
        return all(lag.behind == 0 for lag in await bus.lag([topic.name], group))

    await eventually(done, within=20)


async def test_a_member_that_joins_during_work_receives_only_what_is_not_acknowledged(
    kafka_bus: KafkaMessageBus, make_topic: MakeTopic
) -> None:
    topic, group = await make_topic(PARTITIONS), unique("group")
    await kafka_bus.publish(spread(topic, 200))
    async with kafka_bus.subscribe([topic.name], group) as member:
        messages = await first(member.batches(), 200)
        acknowledged, unacknowledged = messages[:40], messages[40:]
        await member.acknowledge(acknowledged)
        newcomer = Worker(kafka_bus, topic.name, group)
        async with running(newcomer.run()):
            await eventually(lambda: _is(bool(newcomer.received)), within=20)
            await member.acknowledge(unacknowledged)
            await kafka_bus.publish(spread(topic, 100, start=200))
            async with running(_acknowledge_all(member)):
                await no_lag(kafka_bus, topic, group)

    assert not set(newcomer.received) & set(values(_contiguous(acknowledged, messages)))
    assert len(newcomer.received) == len(set(newcomer.received))


async def test_work_that_finishes_during_a_rebalance_is_not_repeated(
    kafka_bus: KafkaMessageBus, make_topic: MakeTopic
) -> None:
    topic, group = await make_topic(PARTITIONS), unique("group")
    members = [Worker(kafka_bus, topic.name, group) for _ in range(4)]
    all_joined = asyncio.Event()
    publishing = asyncio.ensure_future(_publish_until(kafka_bus, topic, all_joined))
    async with AsyncExitStack() as stack:
        for member in members:
            await stack.enter_async_context(running(member.run()))
            await eventually(lambda member=member: _is(bool(member.done)), within=20)
        all_joined.set()
        published = await publishing
        await no_lag(kafka_bus, topic, group)

    counted = Counter(number for member in members for number in member.done)
    assert counted == Counter(range(published))


async def test_a_member_that_joins_moves_no_partition_between_the_others(
    kafka_bus: KafkaMessageBus, make_topic: MakeTopic
) -> None:
    topic, group = await make_topic(6), unique("group")
    names = [f"key-{number}" for number in range(100)]
    members = [Worker(kafka_bus, topic.name, group) for _ in range(3)]

    async def owners(joined: int) -> dict[int, int]:
        """Return the member that receives each partition, once every member receives some."""
        for member in members:
            member.partitions.clear()
        while not all(member.partitions for member in members[:joined]):
            await kafka_bus.publish([Message(topic.name, name, b"0") for name in names])
            await no_lag(kafka_bus, topic, group)
            if not all(member.partitions for member in members[:joined]):
                for member in members:
                    member.partitions.clear()
        return {partition: number for number, member in enumerate(members) for partition in member.partitions}

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(running(members[0].run(), members[1].run()))
        before = await owners(2)
        await stack.enter_async_context(running(members[2].run()))
        after = await owners(3)

    assert {partition: owner for partition, owner in after.items() if owner not in (before[partition], 2)} == {}


async def test_a_member_that_works_long_stays_in_the_group_and_receives_nothing_twice(
    kafka_bus: KafkaMessageBus, make_topic: MakeTopic
) -> None:
    topic, group = await make_topic(PARTITIONS), unique("group")
    await kafka_bus.publish(spread(topic, 50))
    busy = Worker(kafka_bus, topic.name, group, release=asyncio.Event())
    other = Worker(kafka_bus, topic.name, group)
    assert busy.release is not None
    async with running(busy.run()):
        await eventually(lambda: _is(bool(busy.received)))
        async with running(other.run()):
            await eventually(lambda: _is(bool(other.done)), within=20)
        await kafka_bus.publish(spread(topic, 50, start=50))
        busy.release.set()
        await no_lag(kafka_bus, topic, group)

    assert len(busy.received) == len(set(busy.received))
    assert set(busy.done) | set(other.done) == set(range(100))


async def test_acknowledging_after_leaving_the_group_is_ignored(
    kafka_bus: KafkaMessageBus, make_topic: MakeTopic
) -> None:
    topic, group = await make_topic(1), unique("group")
    await kafka_bus.publish(spread(topic, 10))
    async with kafka_bus.subscribe([topic.name], group) as leaving:
        messages = await first(leaving.batches(), 10)
    await leaving.acknowledge(messages)
    successor = Worker(kafka_bus, topic.name, group)
    async with running(successor.run()):
        await no_lag(kafka_bus, topic, group)

    assert successor.done == list(range(10))


async def test_deleted_records_do_not_count_as_lag(
    kafka_bus: KafkaMessageBus, make_topic: MakeTopic, kafka_bootstrap: str
) -> None:
    topic, group = await make_topic(1), unique("group")
    await kafka_bus.publish(spread(topic, 10))
    admin = AIOKafkaAdminClient(bootstrap_servers=[kafka_bootstrap])
    await admin.start()
    await admin.delete_records({TopicPartition(topic.name, 0): RecordsToDelete(before_offset=4)})
    await admin.close()

    assert [lag.behind for lag in await kafka_bus.lag([topic.name], group)] == [6]
    worker = Worker(kafka_bus, topic.name, group)
    async with running(worker.run()):
        await no_lag(kafka_bus, topic, group)
    assert worker.done == list(range(4, 10))


async def test_concurrent_acknowledgements_are_all_committed(kafka_bus: KafkaMessageBus, make_topic: MakeTopic) -> None:
    topic, group = await make_topic(PARTITIONS), unique("group")
    await kafka_bus.publish(spread(topic, 60))
    async with kafka_bus.subscribe([topic.name], group) as member:
        messages = await first(member.batches(), 60)
        await asyncio.gather(*(member.acknowledge([message]) for message in reversed(messages)))
        await no_lag(kafka_bus, topic, group)


async def test_acknowledgements_of_many_small_batches_share_commits(
    kafka_bus: KafkaMessageBus, make_topic: MakeTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic, group = await make_topic(1), unique("group")
    await kafka_bus.publish(spread(topic, 60))
    commits, commit = list[Mapping[TopicPartition, int]](), Consumer.commit

    async def counted(self: Consumer, offsets: Mapping[TopicPartition, int]) -> None:
        commits.append(offsets)
        await commit(self, offsets)

    monkeypatch.setattr(Consumer, "commit", counted)
    async with kafka_bus.subscribe([topic.name], group) as member:
        for message in await first(member.batches(), 60):
            await member.acknowledge([message])
        await no_lag(kafka_bus, topic, group)

    assert len(commits) < 10


async def test_a_member_fails_when_the_driver_does_not_return_positions(
    kafka_bus: KafkaMessageBus, make_topic: MakeTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = await make_topic(1)
    await kafka_bus.publish(spread(topic, 1))
    async with kafka_bus.subscribe([topic.name], unique("group")) as member:
        await member.acknowledge(await first(member.batches(), 1))
        monkeypatch.setattr(group_member, "_POSITION_TIMEOUT_SECONDS", 0.1)
        monkeypatch.setattr(Consumer, "position", _wait_forever)
        with pytest.raises(StoreUnavailable, match="did not answer"):
            await first(member.batches(), 1)


def _contiguous(acknowledged: Sequence[ReceivedMessage], received: Sequence[ReceivedMessage]) -> list[ReceivedMessage]:
    """Return the messages acknowledged without a gap before them in their partition."""
    done = {(message.partition, message.offset) for message in acknowledged}
    gaps = {
        partition: min(
            (m.offset for m in received if m.partition == partition and (partition, m.offset) not in done), default=0
        )
        for partition in {message.partition for message in received}
    }
    return [message for message in acknowledged if message.offset < gaps[message.partition]]


async def _publish_until(bus: KafkaMessageBus, topic: Topic, stop: asyncio.Event) -> int:
    """Publish one message at a time; return how many."""
    count = 0
    while not stop.is_set():
        await bus.publish(spread(topic, 1, start=count))
        count += 1
    return count


async def _acknowledge_all(member: Subscription) -> None:
    async for batch in member.batches():
        await member.acknowledge(batch)


async def _is(fact: bool) -> bool:
    return fact


async def _wait_forever(_consumer: Consumer, _partition: TopicPartition) -> int:
    await asyncio.Event().wait()
    return 0
