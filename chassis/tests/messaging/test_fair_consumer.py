"""A consumer that takes turns: nobody waits for all events of another, and nothing is lost or done out of order."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import uuid4

import pytest

from california_gold_contracts.envelope import Envelope
from california_gold_contracts.topics import Topic
from chassis.adapters.kafka.message_bus import KafkaMessageBus
from chassis.messaging.delivery import HandleLater
from chassis.messaging.fair_consumer import FairConsumer
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import Message
from testkit.conformance.samples import unique
from testkit.eventually import eventually
from testkit.letters import FAST_RETRIES, GROUP, LETTERS, all_acknowledged, parking_of, post
from testkit.running import running


@dataclass
class SlowReader:
    """A handler that records the letters that it has seen and begun, and finishes each when it is told to."""

    failing: frozenset[bytes] = frozenset()
    put_off: set[bytes] = field(default_factory=set[bytes])
    seen: list[str] = field(default_factory=list[str])
    begun: list[str] = field(default_factory=list[str])
    finished: list[str] = field(default_factory=list[str])
    may_finish: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def user_of(self, letter: Envelope) -> str | None:
        """Return who waits for a letter: the first character of its address; nobody for an advertisement."""
        self.seen.append(letter.data.decode())
        return None if letter.data == b"advertisement" else letter.subject[0]

    async def handle(self, letters: Sequence[Envelope]) -> None:
        """Handle one letter; advertisements are handled at once."""
        for letter in letters:
            if letter.data == b"advertisement":
                continue
            self.begun.append(letter.data.decode())
            await self.may_finish.acquire()
            if letter.data in self.failing:
                raise ValueError
            if letter.data in self.put_off:
                self.put_off.discard(letter.data)
                raise HandleLater
            self.finished.append(letter.data.decode())

    async def has_seen(self, name: str) -> None:
        async def is_seen() -> bool:
            return name in self.seen

        await eventually(is_seen, within=60)

    async def has_begun(self, count: int) -> None:
        async def enough() -> bool:
            return len(self.begun) >= count

        await eventually(enough, within=30)

    def finish(self, count: int) -> None:
        for _ in range(count):
            self.may_finish.release()


def consumer(
    infrastructure: Infrastructure, reader: SlowReader, max_read_ahead: int = 100, parallel: int = 1
) -> FairConsumer:
    return FairConsumer(
        *(infrastructure, GROUP, [LETTERS], reader.handle),
        retry_policy=FAST_RETRIES,
        user_of=reader.user_of,
        max_read_ahead=max_read_ahead,
        parallel=parallel,
    )


@asynccontextmanager
async def reading(infrastructure: Infrastructure, reader: SlowReader, **arguments: int) -> AsyncGenerator[None]:
    async with running(consumer(infrastructure, reader, **arguments).run()):
        yield


async def test_a_users_single_event_waits_for_the_one_in_progress_only(infrastructure: Infrastructure) -> None:
    reader = SlowReader()
    await post(infrastructure, *[("a", b"a%d" % number) for number in range(1, 6)])
    async with reading(infrastructure, reader):
        await reader.has_begun(1)
        await post(infrastructure, ("b", b"b1"))
        await reader.has_seen("b1")
        reader.finish(6)
        await all_acknowledged(infrastructure)
    assert reader.finished == ["a1", "b1", "a2", "a3", "a4", "a5"]


async def test_after_a_crash_every_event_is_handled_and_those_of_a_user_in_order(
    infrastructure: Infrastructure,
) -> None:
    await post(infrastructure, ("a", b"a1"), ("a", b"a2"), ("a", b"a3"), ("b", b"b1"))
    first = SlowReader()
    async with reading(infrastructure, first):
        first.finish(2)
        await first.has_begun(3)
    assert first.finished == ["a1", "b1"]
    second = SlowReader()
    async with reading(infrastructure, second):
        second.finish(4)
        await all_acknowledged(infrastructure)
    assert [name for name in second.finished if name != "b1"] == ["a2", "a3"]


async def test_an_event_that_is_put_off_is_handled_after_the_others_and_then_acknowledged(
    infrastructure: Infrastructure,
) -> None:
    reader = SlowReader(put_off={b"a1"})
    await post(infrastructure, ("a", b"a1"), ("a", b"a2"), ("b", b"b1"))
    async with reading(infrastructure, reader):
        reader.finish(4)
        await all_acknowledged(infrastructure)
    assert reader.begun[0] == "a1"
    assert reader.finished == ["b1", "a2", "a1"]
    assert await parking_of(infrastructure).of_group(GROUP) == []


async def test_a_failing_event_is_parked_and_those_of_other_keys_go_on(infrastructure: Infrastructure) -> None:
    reader = SlowReader(failing=frozenset({b"bad"}))
    await post(infrastructure, ("a1", b"bad"), ("a1", b"after"), ("a2", b"other"), ("b", b"b1"))
    async with reading(infrastructure, reader):
        reader.finish(20)
        await all_acknowledged(infrastructure)
    parked = await parking_of(infrastructure).of_group(GROUP)
    assert [entry.message.value for entry in parked] == [b"bad", b"after"]
    assert sorted(reader.finished) == ["b1", "other"]


async def test_no_more_than_the_bound_is_read_ahead(infrastructure: Infrastructure) -> None:
    reader = SlowReader()
    await post(infrastructure, *[("a", b"a%d" % number) for number in range(1, 6)], ("b", b"b1"))
    async with reading(infrastructure, reader, max_read_ahead=2):
        await reader.has_begun(1)
        reader.finish(6)
        await all_acknowledged(infrastructure)
    assert sorted(reader.finished) == ["a1", "a2", "a3", "a4", "a5", "b1"]
    assert reader.finished.index("b1") > 1


async def test_it_is_not_stuck_while_later_events_are_handled_before_earlier_ones(
    infrastructure: Infrastructure,
) -> None:
    reader = SlowReader(put_off={b"a1"})
    await post(infrastructure, ("a", b"a1"), ("b", b"b1"), ("b", b"b2"))
    fair = consumer(infrastructure, reader)
    fair.retry_policy = replace(FAST_RETRIES, stuck_after=timedelta(0))
    async with running(fair.run()):
        await reader.has_begun(1)
        for begun in (2, 3):
            await fair.stuck()
            reader.finish(1)
            await reader.has_begun(begun)
            assert await fair.stuck() is None
        assert await eventually(fair.stuck, within=30) is not None


@pytest.fixture
def over_kafka(infrastructure: Infrastructure, kafka_bus: KafkaMessageBus) -> Infrastructure:
    return replace(infrastructure, bus=kafka_bus)


async def test_over_kafka_a_user_waits_for_the_one_in_progress_and_all_is_committed(
    over_kafka: Infrastructure, make_topic: Callable[[int], Awaitable[Topic]]
) -> None:
    topic, group, reader = await make_topic(3), unique("group"), SlowReader()

    async def publish(*names: str) -> None:
        now = over_kafka.clock.now()
        envelopes = [Envelope(uuid4(), "letters.posted.v1", "/tests", name, now, name.encode()) for name in names]
        await over_kafka.bus.publish(
            [Message(topic.name, envelope.subject, envelope.data, envelope.headers()) for envelope in envelopes]
        )

    async def behind() -> int:
        return sum(lag.behind for lag in await over_kafka.bus.lag([topic.name], group))

    async def all_committed() -> bool:
        return await behind() == 0

    fair = FairConsumer(over_kafka, group, [topic], reader.handle, retry_policy=FAST_RETRIES, user_of=reader.user_of)
    async with running(fair.run()):
        await publish(*(f"a{number}" for number in range(1, 6)))
        await reader.has_begun(1)
        await publish("b1")
        await reader.has_seen("b1")
        reader.finish(1)
        await reader.has_begun(2)
        assert reader.begun[1] == "b1"
        assert await behind() > 0
        reader.finish(5)
        await eventually(all_committed, within=60)
    assert sorted(reader.finished) == ["a1", "a2", "a3", "a4", "a5", "b1"]


async def test_the_oldest_event_that_was_read_ahead_is_measured(infrastructure: Infrastructure) -> None:
    reader = SlowReader()
    fair = consumer(infrastructure, reader)

    async def age() -> float:
        return {each.name: each.value for each in await fair.measure()}["consumer_oldest_event_seconds"]

    await post(infrastructure, ("a", b"1"), ("a", b"2"))
    async with running(fair.run()):
        await reader.has_seen("2")
        await reader.has_begun(1)
        before = await age()
        await post(infrastructure, ("b", b"3"))
        assert 0 < before < await age()
        reader.finish(3)
        await all_acknowledged(infrastructure)
        assert await age() == 0
    assert await age() == 0
