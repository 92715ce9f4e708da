"""Conformance suite of the port `MessageBus`: publishing, and consumer groups."""

import asyncio
from collections.abc import Sequence

import pytest

from chassis.ports.message_bus import Message, MessageBus, ReceivedMessage
from testkit.conformance.bus_followers import BusFollowersConformance
from testkit.conformance.samples import DEADLINE_SECONDS, first, next_page, unique


def numbered(topic: str, count: int, key: str = "k", start: int = 0) -> list[Message]:
    """Return messages of one key whose values are numbers."""
    return [Message(topic, key, b"%d" % number) for number in range(start, start + count)]


def numbers(messages: Sequence[ReceivedMessage]) -> list[int]:
    """Return the numbers that messages carry."""
    return [int(message.value) for message in messages]


async def received(bus: MessageBus, topic: str, group: str, count: int) -> list[ReceivedMessage]:
    """Join a group, receive `count` messages and leave without acknowledging them."""
    async with bus.subscribe([topic], group) as member:
        return await first(member.batches(), count)


class MessageBusConformance(BusFollowersConformance):
    """Requires the fixture `message_bus`."""

    async def test_a_message_arrives_as_it_was_published(self, message_bus: MessageBus, topic: str) -> None:
        headers = (("ce_id", b"1"), ("ce_actor", "Ёж".encode()), ("raw", b"\x00\xff"), ("ce_id", b"2"))
        await message_bus.publish([Message(topic, "ключ", b"\x00\xffvalue", headers), Message(topic, "k2", b"")])
        messages = await received(message_bus, topic, unique("group"), 2)
        by_key = {message.key: message for message in messages}
        assert by_key["ключ"].topic == topic
        assert (by_key["ключ"].value, by_key["ключ"].headers) == (b"\x00\xffvalue", headers)
        assert (by_key["k2"].value, by_key["k2"].headers) == (b"", ())

    async def test_a_large_message_arrives_whole(self, message_bus: MessageBus, topic: str) -> None:
        value = bytes(range(256)) * 2000
        await message_bus.publish([Message(topic, "k", value)])
        assert [message.value for message in await received(message_bus, topic, unique("group"), 1)] == [value]

    async def test_publishing_nothing_is_no_error(self, message_bus: MessageBus, topic: str) -> None:
        await message_bus.publish([])
        await message_bus.publish(numbered(topic, 1))
        assert numbers(await received(message_bus, topic, unique("group"), 1)) == [0]

    async def test_messages_of_one_key_stay_in_order(self, message_bus: MessageBus, topic: str) -> None:
        async def publish(key: str) -> None:
            for start in range(0, 60, 3):
                await message_bus.publish(numbered(topic, 3, key, start))

        keys = [f"key-{number}" for number in range(8)]
        await asyncio.gather(*(publish(key) for key in keys))
        messages = await received(message_bus, topic, unique("group"), 480)
        for key in keys:
            assert numbers([message for message in messages if message.key == key]) == list(range(60))

    async def test_offsets_increase_within_a_partition(self, message_bus: MessageBus, topic: str) -> None:
        await message_bus.publish(numbered(topic, 20))
        messages = await received(message_bus, topic, unique("group"), 20)
        assert len({message.partition for message in messages}) == 1
        offsets = [message.offset for message in messages]
        assert offsets == sorted(set(offsets))

    async def test_messages_of_several_pages_all_arrive(self, message_bus: MessageBus, topic: str) -> None:
        await message_bus.publish(numbered(topic, 2600))
        assert numbers(await received(message_bus, topic, unique("group"), 2600)) == list(range(2600))

    async def test_a_member_receives_messages_published_later(self, message_bus: MessageBus, topic: str) -> None:
        await message_bus.publish(numbered(topic, 2))
        async with message_bus.subscribe([topic], unique("group")) as member:
            batches = member.batches()
            received_now = await next_page(batches)
            received_later = asyncio.ensure_future(first(batches, 5 - len(received_now)))
            await message_bus.publish(numbered(topic, 3, start=2))
            assert numbers(received_now + await received_later) == list(range(5))

    async def test_a_batch_is_never_empty(self, message_bus: MessageBus, topic: str) -> None:
        async with message_bus.subscribe([topic], unique("group")) as member:
            waiting = asyncio.ensure_future(next_page(member.batches()))
            await message_bus.publish(numbered(topic, 1))
            assert numbers(await waiting) == [0]

    async def test_a_member_reads_all_its_topics(self, message_bus: MessageBus, topics: list[str]) -> None:
        for topic in topics:
            await message_bus.publish(numbered(topic, 3))
        async with message_bus.subscribe(topics, unique("group")) as member:
            messages = await first(member.batches(), 6)
        for topic in topics:
            assert numbers([message for message in messages if message.topic == topic]) == [0, 1, 2]

    async def test_acknowledged_messages_are_not_redelivered(self, message_bus: MessageBus, topic: str) -> None:
        group = unique("group")
        await message_bus.publish(numbered(topic, 5))
        async with message_bus.subscribe([topic], group) as member:
            messages = await first(member.batches(), 5)
            await member.acknowledge(messages)
        await message_bus.publish(numbered(topic, 2, start=5))
        assert numbers(await received(message_bus, topic, group, 2)) == [5, 6]

    async def test_unacknowledged_messages_of_a_member_that_left_are_redelivered(
        self, message_bus: MessageBus, topic: str
    ) -> None:
        group = unique("group")
        await message_bus.publish(numbered(topic, 5))
        assert numbers(await received(message_bus, topic, group, 5)) == [0, 1, 2, 3, 4]
        assert numbers(await received(message_bus, topic, group, 5)) == [0, 1, 2, 3, 4]

    @pytest.mark.parametrize(
        ("acknowledged", "redelivered"),
        [
            ([[1, 2, 3, 4]], [0, 1, 2, 3, 4, 5]),
            ([[0, 1], [3]], [2, 3, 4, 5]),
            ([[2], [1], [0]], [3, 4, 5]),
            ([[4, 3], [5], [0]], [1, 2, 3, 4, 5]),
            ([[5], [4], [3, 1, 2], [0, 0]], []),
        ],
    )
    async def test_the_committed_offset_covers_the_contiguous_prefix_only(
        self, message_bus: MessageBus, topic: str, acknowledged: list[list[int]], redelivered: list[int]
    ) -> None:
        group = unique("group")
        await message_bus.publish(numbered(topic, 6))
        async with message_bus.subscribe([topic], group) as member:
            messages = await first(member.batches(), 6)
            for picked in acknowledged:
                await member.acknowledge([messages[index] for index in picked])
        await message_bus.publish(numbered(topic, 1, start=6))
        assert numbers(await received(message_bus, topic, group, len(redelivered) + 1)) == [*redelivered, 6]

    async def test_every_group_receives_every_message(self, message_bus: MessageBus, topic: str) -> None:
        group, other = unique("group"), unique("group")
        await message_bus.publish(numbered(topic, 3))
        async with message_bus.subscribe([topic], group) as member:
            await member.acknowledge(await first(member.batches(), 3))
        assert numbers(await received(message_bus, topic, other, 3)) == [0, 1, 2]

    async def test_a_waiting_member_takes_over_when_the_other_leaves(self, message_bus: MessageBus, topic: str) -> None:
        group = unique("group")
        await message_bus.publish(numbered(topic, 4))
        async with message_bus.subscribe([topic], group) as successor:
            async with message_bus.subscribe([topic], group) as member:
                messages = await first(member.batches(), 4)
                await member.acknowledge(messages[:2])
                remaining = asyncio.ensure_future(first(successor.batches(), 2))
            assert numbers(await remaining) == [2, 3]

    async def test_each_message_goes_to_one_member(self, message_bus: MessageBus, topic: str) -> None:
        group, seen, complete = unique("group"), list[int](), asyncio.Event()

        async def work() -> None:
            async with message_bus.subscribe([topic], group) as member:
                async for batch in member.batches():
                    await member.acknowledge(batch)
                    seen.extend(numbers(batch))
                    if len(set(seen)) == 40:
                        complete.set()

        members = [asyncio.ensure_future(work()) for _ in range(3)]
        for number in range(40):
            await message_bus.publish([Message(topic, f"key-{number % 7}", b"%d" % number)])
        waiting = [*members, asyncio.ensure_future(complete.wait())]
        await asyncio.wait(waiting, timeout=DEADLINE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)
        assert sorted(seen) == list(range(40))
