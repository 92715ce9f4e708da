"""Conformance suite of the port `MessageBus`: followers, and the lag of a group."""

import asyncio

import pytest

from chassis.ports.message_bus import Lag, Message, MessageBus
from testkit.conformance.samples import DEADLINE_SECONDS, first, next_page, unique
from testkit.eventually import eventually


def _values(count: int, topic: str, start: int = 0) -> list[Message]:
    return [Message(topic, "k", b"%d" % number) for number in range(start, start + count)]


class BusFollowersConformance:
    """Requires the fixture `message_bus`. An adapter that does not create topics overrides `topics`."""

    @pytest.fixture
    def topics(self) -> list[str]:
        """Topics that only this test uses."""
        return [unique("tests.things-"), unique("tests.others-")]

    @pytest.fixture
    def topic(self, topics: list[str]) -> str:
        """A topic that only this test uses."""
        return topics[0]

    async def test_a_follower_from_now_receives_messages_after_its_empty_batch(
        self, message_bus: MessageBus, topic: str
    ) -> None:
        await message_bus.publish(_values(3, topic))
        follower = message_bus.follow([topic], from_start=False)
        assert await next_page(follower) == []
        await message_bus.publish(_values(2, topic, start=3))
        assert [message.value for message in await first(follower, 2)] == [b"3", b"4"]

    async def test_a_follower_from_the_start_receives_stored_messages_before_its_empty_batch(
        self, message_bus: MessageBus, topics: list[str]
    ) -> None:
        for topic in topics:
            await message_bus.publish(_values(1200, topic))
        follower = message_bus.follow(topics, from_start=True)
        stored: list[tuple[str, bytes]] = []
        while batch := await next_page(follower):
            stored += [(message.topic, message.value) for message in batch]
        for topic in topics:
            assert [value for name, value in stored if name == topic] == [b"%d" % number for number in range(1200)]
        await message_bus.publish(_values(1, topics[1], start=1200))
        assert [message.value for message in await first(follower, 1)] == [b"1200"]

    @pytest.mark.parametrize("from_start", [True, False])
    async def test_the_first_batch_of_an_empty_topic_is_empty(
        self, message_bus: MessageBus, topic: str, from_start: bool
    ) -> None:
        follower = message_bus.follow([topic], from_start=from_start)
        assert await next_page(follower) == []
        received = asyncio.ensure_future(first(follower, 1))
        await message_bus.publish(_values(1, topic))
        assert [message.value for message in await received] == [b"0"]

    async def test_every_follower_receives_every_message(self, message_bus: MessageBus, topic: str) -> None:
        followers = [message_bus.follow([topic], from_start=False) for _ in range(3)]
        for follower in followers:
            assert await next_page(follower) == []
        await message_bus.publish(_values(5, topic))
        for follower in followers:
            assert [message.value for message in await first(follower, 5)] == [b"0", b"1", b"2", b"3", b"4"]

    async def test_following_commits_no_offsets(self, message_bus: MessageBus, topic: str) -> None:
        group = unique("group")
        await message_bus.publish(_values(2, topic))
        await first(message_bus.follow([topic], from_start=True), 2)
        async with message_bus.subscribe([topic], group) as member:
            assert [message.value for message in await first(member.batches(), 2)] == [b"0", b"1"]

    async def test_the_lag_of_a_new_group_is_every_message(self, message_bus: MessageBus, topics: list[str]) -> None:
        await message_bus.publish(_values(3, topics[0]))
        assert list(await message_bus.lag(topics, unique("group"))) == [Lag(topics[0], 3, 0), Lag(topics[1], 0, 0)]

    async def test_the_lag_decreases_by_the_acknowledged_prefix(self, message_bus: MessageBus, topic: str) -> None:
        group = unique("group")
        await message_bus.publish(_values(5, topic))
        async with message_bus.subscribe([topic], group) as member:
            messages = await first(member.batches(), 5)
            await _eventually_lags(message_bus, group, Lag(topic, 5, 0))
            await member.acknowledge(messages[:2])
            await _eventually_lags(message_bus, group, Lag(topic, 3, 2))
            await member.acknowledge(messages[3:])
            await _eventually_lags(message_bus, group, Lag(topic, 3, 2))
            await member.acknowledge(messages[2:3])
            await _eventually_lags(message_bus, group, Lag(topic, 0, 5))
        await message_bus.publish(_values(1, topic))
        await _eventually_lags(message_bus, group, Lag(topic, 1, 5))


async def _eventually_lags(bus: MessageBus, group: str, expected: Lag) -> None:
    async def lags() -> bool:
        return list(await bus.lag([expected.topic], group)) == [expected]

    await eventually(lags, within=DEADLINE_SECONDS)
