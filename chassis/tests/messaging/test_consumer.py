import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from california_gold_contracts.envelope import Envelope, from_message
from california_gold_contracts.topics import DEAD_LETTERS
from chassis.messaging.consumer import Consumer
from chassis.messaging.parking import ParkedState
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import Message
from testkit.eventually import eventually
from testkit.letters import FAST_RETRIES, GROUP, LETTERS, Reader, all_acknowledged, parking_of, post, reading
from testkit.running import running


async def test_events_are_handled_in_order_and_acknowledged_after(infrastructure: Infrastructure) -> None:
    await post(infrastructure, ("a", b"1"), ("a", b"2"), ("b", b"3"))
    reader = Reader()
    async with reading(infrastructure, reader):
        await all_acknowledged(infrastructure)

    assert reader.read == [("a", b"1"), ("a", b"2"), ("b", b"3")]


async def test_events_within_the_minimum_interval_are_handled_in_one_batch(infrastructure: Infrastructure) -> None:
    reader = Reader()
    consumer = Consumer(infrastructure, GROUP, [LETTERS], reader.handle, min_interval=timedelta(seconds=0.5))
    async with running(consumer.run()):
        await post(infrastructure, ("a", b"0"))
        await all_acknowledged(infrastructure)
        for number in range(1, 9):
            await post(infrastructure, ("a", b"%d" % number))
        await all_acknowledged(infrastructure)

    assert [text for _, text in reader.read] == [b"%d" % number for number in range(9)]
    assert reader.calls == 2


async def test_an_unacknowledged_event_is_redelivered_after_a_crash(infrastructure: Infrastructure) -> None:
    await post(infrastructure, ("a", b"1"))
    started = asyncio.Event()

    async def hang(letters: Sequence[Envelope]) -> None:
        started.set()
        await asyncio.Event().wait()

    async with running(Consumer(infrastructure, GROUP, [LETTERS], hang).run()):
        await started.wait()
    reader = Reader()
    async with reading(infrastructure, reader):
        await all_acknowledged(infrastructure)

    assert reader.read == [("a", b"1")]


async def test_a_failing_event_is_parked_and_other_keys_continue(infrastructure: Infrastructure) -> None:
    await post(infrastructure, ("a", b"bad"), ("b", b"2"), ("c", b"3"))
    reader = Reader(failing={b"bad"})
    async with reading(infrastructure, reader):
        await all_acknowledged(infrastructure)
    parked = await parking_of(infrastructure).of_group(GROUP)

    assert sorted(reader.read) == [("b", b"2"), ("c", b"3")]
    assert [(entry.message.key, entry.state, entry.attempts, entry.error) for entry in parked] == [
        ("a", ParkedState.PARKED, FAST_RETRIES.max_attempts, "ValueError")
    ]


async def test_later_events_of_a_parked_key_wait_behind_it(infrastructure: Infrastructure) -> None:
    await post(infrastructure, ("a", b"bad"), ("a", b"2"), ("b", b"3"))
    reader = Reader(failing={b"bad"})
    async with reading(infrastructure, reader):
        await all_acknowledged(infrastructure)
    async with reading(infrastructure, reader):
        await post(infrastructure, ("a", b"4"))
        await all_acknowledged(infrastructure)
    parked = await parking_of(infrastructure).of_group(GROUP)

    assert reader.read == [("b", b"3")]
    assert [(entry.message.value, entry.state) for entry in parked] == [
        (b"bad", ParkedState.PARKED),
        (b"2", ParkedState.WAITING),
        (b"4", ParkedState.WAITING),
    ]


async def test_a_retried_event_is_handled_before_those_that_waited_behind_it(infrastructure: Infrastructure) -> None:
    await post(infrastructure, ("a", b"bad"), ("a", b"2"))
    reader = Reader(failing={b"bad"})
    async with reading(infrastructure, reader):
        await all_acknowledged(infrastructure)
        reader.failing.clear()
        assert await parking_of(infrastructure).retry((await parking_of(infrastructure).of_group(GROUP))[0].id)
        await eventually(lambda: _reached(reader, 2))
        await post(infrastructure, ("a", b"3"))
        await eventually(lambda: _reached(reader, 3))

    assert reader.read == [("a", b"bad"), ("a", b"2"), ("a", b"3")]
    assert await parking_of(infrastructure).of_group(GROUP) == []


async def test_a_discarded_event_unblocks_the_next_one(infrastructure: Infrastructure) -> None:
    await post(infrastructure, ("a", b"bad"), ("a", b"2"))
    reader = Reader(failing={b"bad"})
    async with reading(infrastructure, reader):
        await all_acknowledged(infrastructure)
        assert await parking_of(infrastructure).discard((await parking_of(infrastructure).of_group(GROUP))[0].id)
        await eventually(lambda: _reached(reader, 1))

    assert reader.read == [("a", b"2")]


async def test_an_event_that_fails_on_retry_is_parked_again(infrastructure: Infrastructure) -> None:
    await post(infrastructure, ("a", b"bad"))
    reader = Reader(failing={b"bad"})
    parking = parking_of(infrastructure)
    async with reading(infrastructure, reader):
        await all_acknowledged(infrastructure)
        await parking.retry((await parking.of_group(GROUP))[0].id)

        async def parked_again() -> bool:
            entry = (await parking.of_group(GROUP))[0]
            return entry.state is ParkedState.PARKED and entry.attempts == FAST_RETRIES.max_attempts + 1

        await eventually(parked_again)


async def test_the_count_of_attempts_survives_a_restart(infrastructure: Infrastructure) -> None:
    await post(infrastructure, ("a", b"bad"))
    slow = replace(FAST_RETRIES, initial_delay=timedelta(hours=1), max_delay=timedelta(hours=1))
    for attempt in range(1, FAST_RETRIES.max_attempts):
        reader = Reader(failing={b"bad"})
        async with reading(infrastructure, reader, slow):
            await eventually(lambda reader=reader: _has_retried_singly(reader))
            await eventually(lambda attempt=attempt: _counted(infrastructure, attempt))
    async with reading(infrastructure, Reader(failing={b"bad"}), slow):
        await all_acknowledged(infrastructure)

    assert [entry.attempts for entry in await parking_of(infrastructure).of_group(GROUP)] == [FAST_RETRIES.max_attempts]


async def test_an_event_is_not_parked_while_a_store_is_unavailable(infrastructure: Infrastructure) -> None:
    await post(infrastructure, ("a", b"1"))
    reader = Reader(outages=FAST_RETRIES.max_attempts * 2)
    async with reading(infrastructure, reader):
        await all_acknowledged(infrastructure)

    assert reader.read == [("a", b"1")]
    assert await parking_of(infrastructure).of_group(GROUP) == []


async def test_a_malformed_message_is_parked_with_the_reason(infrastructure: Infrastructure) -> None:
    await infrastructure.bus.publish([Message(LETTERS.name, "a", b"hello", (("ce_id", b"x"),))])
    await post(infrastructure, ("b", b"2"))
    reader = Reader()
    async with reading(infrastructure, reader):
        await all_acknowledged(infrastructure)
    parked = await parking_of(infrastructure).of_group(GROUP)

    assert reader.read == [("b", b"2")]
    assert [entry.error for entry in parked] == ["not an event of California Gold: KeyError('specversion')"]


async def test_a_parked_event_is_published_to_the_dead_letter_topic(infrastructure: Infrastructure) -> None:
    await post(infrastructure, ("a", b"bad"))
    async with reading(infrastructure, Reader(failing={b"bad"})):
        await all_acknowledged(infrastructure)
    batches = infrastructure.bus.follow([DEAD_LETTERS.name], from_start=True)
    letter = (await anext(batches))[0]

    assert from_message(letter.headers, letter.value).data == b"bad"
    assert dict(letter.headers)["parked_group"] == GROUP.encode()
    assert dict(letter.headers)["parked_reason"] == b"ValueError"


async def test_no_log_line_contains_data_of_an_event(
    infrastructure: Infrastructure, capsys: pytest.CaptureFixture[str]
) -> None:
    await post(infrastructure, ("a", b"bad"))
    async with reading(infrastructure, Reader(failing={b"bad"})):
        await all_acknowledged(infrastructure)

    printed = "".join(capsys.readouterr())
    assert "ValueError" in printed
    assert "secret text" not in printed


async def _reached(reader: Reader, count: int) -> bool:
    return len(reader.read) >= count


async def _has_retried_singly(reader: Reader) -> bool:
    return reader.calls >= 2


async def _counted(infrastructure: Infrastructure, attempts: int) -> bool:
    from chassis.messaging.parking import ATTEMPTS

    stored = [await infrastructure.documents.get(ATTEMPTS, f"{GROUP}:{LETTERS.name}:0:{offset}") for offset in range(3)]
    return any(document is not None and document.revision >= attempts for document in stored)
