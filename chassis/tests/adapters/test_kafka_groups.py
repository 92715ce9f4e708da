"""Members that come, go, work long and die."""

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
    """Takes what it is given; what is acknowledged is told when `held` is not set."""

    bus: KafkaMessageBus
    topic: str
    group: str
    held: asyncio.Event | None = None
    taken: list[int] = field(default_factory=list[int])
    done: list[int] = field(default_factory=list[int])
    partitions: set[int] = field(default_factory=set[int])

    async def run(self) -> None:
        async with self.bus.subscribe([self.topic], self.group) as member:
            async for batch in member.batches():
                self.taken += values(batch)
                self.partitions.update(message.partition for message in batch)
                if self.held is not None:
                    await self.held.wait()
                await self.bus.lag([self.topic], self.group)  # a moment's work
                await member.acknowledge(batch)
                self.done += values(batch)


def values(messages: Sequence[ReceivedMessage]) -> list[int]:
    return [int(message.value) for message in messages]


def spread(topic: Topic, count: int, start: int = 0) -> list[Message]:
    """Return messages over all partitions."""
    return [Message(topic.name, f"key-{number % 50}", b"%d" % number) for number in range(start, start + count)]


async def nothing_left(bus: KafkaMessageBus, topic: Topic, group: str) -> None:
    async def done() -> bool:
        return all(lag.behind == 0 for lag in await bus.lag([topic.name], group))

    await eventually(done, within=20)


async def test_a_member_that_joins_in_the_middle_of_work_loses_and_repeats_nothing_that_is_done(
    kafka_bus: KafkaMessageBus, make_topic: MakeTopic
) -> None:
    topic, group = await make_topic(PARTITIONS), unique("group")
    await kafka_bus.publish(spread(topic, 200))
    async with kafka_bus.subscribe([topic.name], group) as member:
        held = await first(member.batches(), 200)
        acknowledged, open_still = held[:40], held[40:]
        await member.acknowledge(acknowledged)
        newcomer = Worker(kafka_bus, topic.name, group)
        async with running(newcomer.run()):
            await eventually(lambda: _is(bool(newcomer.taken)), within=20)
            await member.acknowledge(open_still)
            await kafka_bus.publish(spread(topic, 100, start=200))
            async with running(_acknowledge_all(member)):
                await nothing_left(kafka_bus, topic, group)

    assert not set(newcomer.taken) & set(values(_prefixes(acknowledged, held)))
    assert len(newcomer.taken) == len(set(newcomer.taken))


async def test_quick_work_that_ends_while_the_group_is_rearranged_is_not_done_again(
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
        await nothing_left(kafka_bus, topic, group)

    counted = Counter(number for member in members for number in member.done)
    assert counted == Counter(range(published))


async def test_partitions_stay_where_they_are_when_a_member_joins(
    kafka_bus: KafkaMessageBus, make_topic: MakeTopic
) -> None:
    topic, group = await make_topic(6), unique("group")
    names = [f"key-{number}" for number in range(100)]
    members = [Worker(kafka_bus, topic.name, group) for _ in range(3)]

    async def owners(joined: int) -> dict[int, int]:
        """Return which member is given which partition's messages, once each of them is given some."""
        for member in members:
            member.partitions.clear()
        while not all(member.partitions for member in members[:joined]):
            await kafka_bus.publish([Message(topic.name, name, b"0") for name in names])
            await nothing_left(kafka_bus, topic, group)
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


async def test_a_member_that_works_long_stays_in_the_group_and_is_not_given_its_messages_twice(
    kafka_bus: KafkaMessageBus, make_topic: MakeTopic
) -> None:
    topic, group = await make_topic(PARTITIONS), unique("group")
    await kafka_bus.publish(spread(topic, 50))
    busy = Worker(kafka_bus, topic.name, group, held=asyncio.Event())
    other = Worker(kafka_bus, topic.name, group)
    assert busy.held is not None
    async with running(busy.run()):
        await eventually(lambda: _is(bool(busy.taken)))
        async with running(other.run()):
            await eventually(lambda: _is(bool(other.done)), within=20)
        await kafka_bus.publish(spread(topic, 50, start=50))
        busy.held.set()
        await nothing_left(kafka_bus, topic, group)

    assert len(busy.taken) == len(set(busy.taken))
    assert set(busy.done) | set(other.done) == set(range(100))


async def test_what_is_acknowledged_after_it_went_to_another_member_is_no_error_and_changes_nothing(
    kafka_bus: KafkaMessageBus, make_topic: MakeTopic
) -> None:
    topic, group = await make_topic(1), unique("group")
    await kafka_bus.publish(spread(topic, 10))
    async with kafka_bus.subscribe([topic.name], group) as leaving:
        held = await first(leaving.batches(), 10)
    await leaving.acknowledge(held)
    heir = Worker(kafka_bus, topic.name, group)
    async with running(heir.run()):
        await nothing_left(kafka_bus, topic, group)

    assert heir.done == list(range(10))


async def test_what_the_broker_has_dropped_is_no_lag(
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
        await nothing_left(kafka_bus, topic, group)
    assert worker.done == list(range(4, 10))


async def test_concurrent_acknowledgements_are_all_committed(kafka_bus: KafkaMessageBus, make_topic: MakeTopic) -> None:
    topic, group = await make_topic(PARTITIONS), unique("group")
    await kafka_bus.publish(spread(topic, 60))
    async with kafka_bus.subscribe([topic.name], group) as member:
        messages = await first(member.batches(), 60)
        await asyncio.gather(*(member.acknowledge([message]) for message in reversed(messages)))
        await nothing_left(kafka_bus, topic, group)


async def test_what_many_small_batches_did_is_committed_together(
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
        await nothing_left(kafka_bus, topic, group)

    assert len(commits) < 10


async def test_a_member_whose_driver_waits_without_end_gives_up_its_place(
    kafka_bus: KafkaMessageBus, make_topic: MakeTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = await make_topic(1)
    await kafka_bus.publish(spread(topic, 1))
    async with kafka_bus.subscribe([topic.name], unique("group")) as member:
        await member.acknowledge(await first(member.batches(), 1))
        monkeypatch.setattr(group_member, "_POSITION_SECONDS", 0.1)
        monkeypatch.setattr(Consumer, "position", _wait_without_end)
        with pytest.raises(StoreUnavailable, match="did not answer"):
            await first(member.batches(), 1)


def _prefixes(acknowledged: Sequence[ReceivedMessage], held: Sequence[ReceivedMessage]) -> list[ReceivedMessage]:
    """Return what was acknowledged without a gap before it in its partition."""
    done = {(message.partition, message.offset) for message in acknowledged}
    gaps = {
        partition: min(
            (m.offset for m in held if m.partition == partition and (partition, m.offset) not in done), default=0
        )
        for partition in {message.partition for message in held}
    }
    return [message for message in acknowledged if message.offset < gaps[message.partition]]


async def _publish_until(bus: KafkaMessageBus, topic: Topic, ended: asyncio.Event) -> int:
    """Publish one by one, and return how many it were."""
    count = 0
    while not ended.is_set():
        await bus.publish(spread(topic, 1, start=count))
        count += 1
    return count


async def _acknowledge_all(member: Subscription) -> None:
    async for batch in member.batches():
        await member.acknowledge(batch)


async def _is(fact: bool) -> bool:
    return fact


async def _wait_without_end(_consumer: Consumer, _partition: TopicPartition) -> int:
    await asyncio.Event().wait()
    return 0
