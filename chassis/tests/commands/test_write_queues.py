import asyncio
from collections.abc import Sequence

import pytest

from chassis.commands.write_queues import WriteQueues
from chassis.ports.event_store import StoreUnavailable, WrongExpectedRevision


class Writes:
    """Writes that end when the test lets them, and the order in which they began."""

    def __init__(self, queues: WriteQueues) -> None:
        self.queues, self.began, self.unblocked = queues, list[str](), asyncio.Event()

    def start(self, name: str, subject: str = "stream") -> "asyncio.Task[str]":
        """Start a write and return its task."""

        async def write() -> str:
            self.began.append(name)
            await self.unblocked.wait()
            return name

        return asyncio.create_task(self.queues.write(subject, write))


async def turns() -> None:
    """Let every task run until it waits."""
    for _ in range(10):
        await asyncio.sleep(0)


async def results(tasks: Sequence["asyncio.Task[str]"]) -> list[str]:
    async with asyncio.timeout(10):
        return await asyncio.gather(*tasks)


@pytest.fixture
async def writes() -> Writes:
    return Writes(WriteQueues())


async def test_writes_of_one_subject_run_one_at_a_time_in_the_order_of_arrival(writes: Writes) -> None:
    names = [f"{number}" for number in range(40)]
    tasks = [writes.start(name) for name in names]
    await turns()
    assert writes.began == ["0"]

    writes.unblocked.set()

    assert await results(tasks) == names
    assert writes.began == names


async def test_writes_of_other_subjects_do_not_wait(writes: Writes) -> None:
    tasks = [writes.start("a", "stream-a"), writes.start("b", "stream-b")]
    await turns()

    assert (writes.began, len(writes.queues)) == (["a", "b"], 2)
    writes.unblocked.set()
    await results(tasks)


async def test_nothing_is_kept_of_writes_that_ended_or_failed(writes: Writes) -> None:
    async def fail() -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await writes.queues.write("failed", fail)
    writes.unblocked.set()
    await results([writes.start(f"{number}", f"stream-{number}") for number in range(100)])

    assert len(writes.queues) == 0


async def test_a_cancelled_write_gives_its_turn_to_the_next_and_leaves_nothing(writes: Writes) -> None:
    running, waiting, last = (writes.start(name) for name in ("running", "waiting", "last"))
    await turns()
    waiting.cancel()
    running.cancel()
    await turns()
    assert writes.began == ["running", "last"]

    writes.unblocked.set()

    assert await results([last]) == ["last"]
    assert (running.cancelled(), waiting.cancelled()) == (True, True)
    del running, waiting, last
    assert len(writes.queues) == 0


@pytest.mark.parametrize("late", [False, True], ids=["before its turn", "after its turn was passed on"])
async def test_a_write_cancelled_when_the_one_before_it_ends_passes_the_turn_on_once(late: bool) -> None:
    queues, order, waiting = WriteQueues(), list[str](), list[asyncio.Task[None]]()

    async def first() -> None:
        await turns()
        if late:
            asyncio.get_running_loop().call_soon(waiting[0].cancel)
        else:
            waiting[0].cancel()

    async def add(name: str) -> None:
        order.append(f"{name} begins")
        await turns()
        order.append(f"{name} ends")

    running = asyncio.create_task(queues.write("stream", first))
    waiting += [asyncio.create_task(queues.write("stream", lambda name=name: add(name))) for name in ("a", "b", "c")]
    await asyncio.wait([running, *waiting], timeout=10)

    assert order == ["b begins", "b ends", "c begins", "c ends"]
    assert (waiting[0].cancelled(), len(queues)) == (True, 0)


async def test_a_write_that_waits_too_long_is_given_up_and_the_others_go_on() -> None:
    writes = Writes(WriteQueues(seconds=0.05))
    running, waiting = writes.start("running"), writes.start("waiting")

    with pytest.raises(StoreUnavailable, match="stream: earlier writes took more"):
        await results([waiting])
    writes.unblocked.set()

    assert await results([running, writes.start("later")]) == ["running", "later"]
    assert writes.began == ["running", "later"]


async def test_a_write_that_loses_against_another_process_is_retried_in_its_turn() -> None:
    queues, attempts = WriteQueues(), list[str]()

    async def write() -> None:
        attempts.append("first")
        if len(attempts) == 1:
            raise WrongExpectedRevision("stream", 0, 1)

    async def next_write() -> None:
        attempts.append("next")

    await asyncio.gather(queues.write("stream", write), queues.write("stream", next_write))

    assert attempts == ["first", "first", "next"]
