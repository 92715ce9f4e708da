import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from california_gold_contracts.envelope import Envelope
from chassis.messaging.consumer import Consumer
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.supervisor import Supervisor
from testkit.eventually import eventually
from testkit.letters import FAST_RETRIES, GROUP, LETTERS, Reader, all_acknowledged, post
from testkit.running import running


async def test_a_consumer_without_progress_is_stuck_and_an_idle_one_is_not(infrastructure: Infrastructure) -> None:
    no_tolerance = replace(FAST_RETRIES, stuck_after=timedelta(0))

    async def hang(letters: Sequence[Envelope]) -> None:
        await asyncio.Event().wait()

    consumer = Consumer(infrastructure, GROUP, [LETTERS], hang, retry_policy=no_tolerance)
    async with running(consumer.run()):
        idle = [await consumer.stuck() for _ in range(3)]
        await post(infrastructure, ("a", b"1"))
        await consumer.stuck()
        stuck = await eventually(consumer.stuck)

    assert idle == [None, None, None]
    assert stuck is not None
    assert "1 events behind" in stuck


async def test_lag_and_parked_events_are_measured(infrastructure: Infrastructure) -> None:
    await post(infrastructure, ("a", b"bad"))
    consumer = Consumer(infrastructure, GROUP, [LETTERS], Reader(failing={b"bad"}).handle, retry_policy=FAST_RETRIES)
    before = {measured.name: measured.value for measured in await consumer.measure()}
    async with running(consumer.run()):
        await all_acknowledged(infrastructure)
    after = {measured.name: measured.value for measured in await consumer.measure()}

    assert (before["consumer_lag_events"], before["consumer_parked_events"]) == (1, 0)
    assert (after["consumer_lag_events"], after["consumer_parked_events"]) == (0, 1)


async def test_shutdown_finishes_and_acknowledges_the_event_in_progress(infrastructure: Infrastructure) -> None:
    await post(infrastructure, ("a", b"1"), ("a", b"2"))
    started, finish, read = asyncio.Event(), asyncio.Event(), list[bytes]()

    async def handle(letters: Sequence[Envelope]) -> None:
        started.set()
        await finish.wait()
        read.extend(letter.data for letter in letters)

    worker = Consumer(infrastructure, GROUP, [LETTERS], handle, max_batch=1).worker
    async with Supervisor([worker]).running():
        await started.wait()
        asyncio.get_running_loop().call_soon(finish.set)
    assert read == [b"1"]
    assert [lag.behind for lag in await infrastructure.bus.lag([LETTERS.name], GROUP)] == [1]


async def test_the_age_of_the_oldest_event_in_progress_is_measured(infrastructure: Infrastructure) -> None:
    finish = asyncio.Event()

    async def handle(letters: Sequence[Envelope]) -> None:
        await finish.wait()

    consumer = Consumer(infrastructure, GROUP, [LETTERS], handle)

    async def age() -> float:
        return {each.name: each.value for each in await consumer.measure()}["consumer_oldest_event_seconds"]

    async def nothing_waits() -> bool:
        return await age() == 0

    assert await nothing_waits()
    await post(infrastructure, ("a", b"1"))
    async with running(consumer.run()):
        first = await eventually(age)
        await post(infrastructure, ("a", b"2"))
        assert await age() > first
        finish.set()
        await eventually(nothing_waits)
