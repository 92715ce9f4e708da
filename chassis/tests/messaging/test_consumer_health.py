import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from california_gold_contracts.envelope import Envelope
from chassis.messaging.consumer import Consumer
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.supervisor import Supervisor
from testkit.eventually import eventually
from testkit.letters import GROUP, HASTY, LETTERS, Reader, nothing_left, post
from testkit.running import running


async def test_a_consumer_that_does_not_move_is_told_apart_from_an_idle_one(infrastructure: Infrastructure) -> None:
    impatient = replace(HASTY, stuck_after=timedelta(0))

    async def hang(letters: Sequence[Envelope]) -> None:
        await asyncio.Event().wait()

    consumer = Consumer(infrastructure, GROUP, [LETTERS], hang, retry_policy=impatient)
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
    consumer = Consumer(infrastructure, GROUP, [LETTERS], Reader(refused={b"bad"}).handle, retry_policy=HASTY)
    before = {measured.name: measured.value for measured in await consumer.measure()}
    async with running(consumer.run()):
        await nothing_left(infrastructure)
    after = {measured.name: measured.value for measured in await consumer.measure()}

    assert (before["consumer_lag_events"], before["consumer_parked_events"]) == (1, 0)
    assert (after["consumer_lag_events"], after["consumer_parked_events"]) == (0, 1)


async def test_an_event_being_handled_at_the_end_is_finished_and_acknowledged(infrastructure: Infrastructure) -> None:
    await post(infrastructure, ("a", b"1"), ("a", b"2"))
    begun, finish, read = asyncio.Event(), asyncio.Event(), list[bytes]()

    async def handle(letters: Sequence[Envelope]) -> None:
        begun.set()
        await finish.wait()
        read.extend(letter.data for letter in letters)

    worker = Consumer(infrastructure, GROUP, [LETTERS], handle, max_batch=1).worker
    async with Supervisor([worker]).running():
        await begun.wait()
        asyncio.get_running_loop().call_soon(finish.set)
    assert read == [b"1"]
    assert [lag.behind for lag in await infrastructure.bus.lag([LETTERS.name], GROUP)] == [1]
