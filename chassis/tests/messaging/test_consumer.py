import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID, uuid5

import pytest

from california_gold_contracts.envelope import Envelope, from_message
from california_gold_contracts.topics import DEAD_LETTERS, Topic
from chassis.messaging.consumer import Consumer
from chassis.messaging.delivery import RetryPolicy
from chassis.messaging.parking import ParkedState, Parking
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import Message
from chassis.runtime.supervisor import Supervisor
from testkit.eventually import eventually
from testkit.running import running

LETTERS = Topic("tests.letters", "tests", "address")
GROUP = "readers"
HASTY = RetryPolicy(tries=3, first_pause=timedelta(milliseconds=1), longest_pause=timedelta(milliseconds=5))


@dataclass
class Reader:
    """Reads letters; those whose text is in `refused` make it fail, `away` makes its store be away."""

    refused: set[bytes] = field(default_factory=set[bytes])
    away: int = 0
    read: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])
    tried: int = 0

    async def handle(self, letters: Sequence[Envelope]) -> None:
        self.tried += 1
        if self.away:
            self.away -= 1
            raise StoreUnavailable("away")
        if any(letter.data in self.refused for letter in letters):
            raise ValueError("illegible: secret text")
        self.read += [(letter.subject, letter.data) for letter in letters]


async def test_events_are_handled_in_order_and_acknowledged_after(infrastructure: Infrastructure) -> None:
    await _post(infrastructure, ("a", b"1"), ("a", b"2"), ("b", b"3"))
    reader = Reader()
    async with _reading(infrastructure, reader):
        await _nothing_left(infrastructure)

    assert reader.read == [("a", b"1"), ("a", b"2"), ("b", b"3")]


async def test_what_is_not_urgent_is_handled_together(infrastructure: Infrastructure) -> None:
    reader = Reader()
    consumer = Consumer(infrastructure, GROUP, [LETTERS], reader.handle, apart=timedelta(seconds=0.5))
    async with running(consumer.run()):
        await _post(infrastructure, ("a", b"0"))
        await _nothing_left(infrastructure)
        for number in range(1, 9):
            await _post(infrastructure, ("a", b"%d" % number))
        await _nothing_left(infrastructure)

    assert [text for _, text in reader.read] == [b"%d" % number for number in range(9)]
    assert reader.tried == 2


async def test_what_was_not_acknowledged_comes_again_after_a_crash(infrastructure: Infrastructure) -> None:
    await _post(infrastructure, ("a", b"1"))
    started = asyncio.Event()

    async def hang(letters: Sequence[Envelope]) -> None:
        started.set()
        await asyncio.Event().wait()

    async with running(Consumer(infrastructure, GROUP, [LETTERS], hang).run()):
        await started.wait()
    reader = Reader()
    async with _reading(infrastructure, reader):
        await _nothing_left(infrastructure)

    assert reader.read == [("a", b"1")]


async def test_an_event_that_fails_is_parked_and_others_pass(infrastructure: Infrastructure) -> None:
    await _post(infrastructure, ("a", b"bad"), ("b", b"2"), ("c", b"3"))
    reader = Reader(refused={b"bad"})
    async with _reading(infrastructure, reader):
        await _nothing_left(infrastructure)
    parked = await _parking(infrastructure).of_group(GROUP)

    assert sorted(reader.read) == [("b", b"2"), ("c", b"3")]
    assert [(entry.message.key, entry.state, entry.attempts, entry.error) for entry in parked] == [
        ("a", ParkedState.PARKED, HASTY.tries, "ValueError")
    ]


async def test_later_events_of_a_parked_key_wait_behind_it(infrastructure: Infrastructure) -> None:
    await _post(infrastructure, ("a", b"bad"), ("a", b"2"), ("b", b"3"))
    reader = Reader(refused={b"bad"})
    async with _reading(infrastructure, reader):
        await _nothing_left(infrastructure)
    async with _reading(infrastructure, reader):
        await _post(infrastructure, ("a", b"4"))
        await _nothing_left(infrastructure)
    parked = await _parking(infrastructure).of_group(GROUP)

    assert reader.read == [("b", b"3")]
    assert [(entry.message.value, entry.state) for entry in parked] == [
        (b"bad", ParkedState.PARKED),
        (b"2", ParkedState.WAITING),
        (b"4", ParkedState.WAITING),
    ]


async def test_a_parked_event_that_is_tried_again_goes_before_those_that_waited(infrastructure: Infrastructure) -> None:
    await _post(infrastructure, ("a", b"bad"), ("a", b"2"))
    reader = Reader(refused={b"bad"})
    async with _reading(infrastructure, reader):
        await _nothing_left(infrastructure)
        reader.refused.clear()
        assert await _parking(infrastructure).retry((await _parking(infrastructure).of_group(GROUP))[0].id)
        await eventually(lambda: _reached(reader, 2))
        await _post(infrastructure, ("a", b"3"))
        await eventually(lambda: _reached(reader, 3))

    assert reader.read == [("a", b"bad"), ("a", b"2"), ("a", b"3")]
    assert await _parking(infrastructure).of_group(GROUP) == []


async def test_a_discarded_event_lets_the_next_one_pass(infrastructure: Infrastructure) -> None:
    await _post(infrastructure, ("a", b"bad"), ("a", b"2"))
    reader = Reader(refused={b"bad"})
    async with _reading(infrastructure, reader):
        await _nothing_left(infrastructure)
        assert await _parking(infrastructure).discard((await _parking(infrastructure).of_group(GROUP))[0].id)
        await eventually(lambda: _reached(reader, 1))

    assert reader.read == [("a", b"2")]


async def test_an_event_that_fails_again_is_parked_again(infrastructure: Infrastructure) -> None:
    await _post(infrastructure, ("a", b"bad"))
    reader = Reader(refused={b"bad"})
    parking = _parking(infrastructure)
    async with _reading(infrastructure, reader):
        await _nothing_left(infrastructure)
        await parking.retry((await parking.of_group(GROUP))[0].id)

        async def parked_again() -> bool:
            entry = (await parking.of_group(GROUP))[0]
            return entry.state is ParkedState.PARKED and entry.attempts == HASTY.tries + 1

        await eventually(parked_again)


async def test_the_count_of_attempts_outlives_the_process(infrastructure: Infrastructure) -> None:
    await _post(infrastructure, ("a", b"bad"))
    slow = replace(HASTY, first_pause=timedelta(hours=1), longest_pause=timedelta(hours=1))
    for attempt in range(1, HASTY.tries):
        reader = Reader(refused={b"bad"})
        async with _reading(infrastructure, reader, slow):
            await eventually(lambda reader=reader: _has_tried_alone(reader))
            await eventually(lambda attempt=attempt: _counted(infrastructure, attempt))
    async with _reading(infrastructure, Reader(refused={b"bad"}), slow):
        await _nothing_left(infrastructure)

    assert [entry.attempts for entry in await _parking(infrastructure).of_group(GROUP)] == [HASTY.tries]


async def test_a_store_that_is_away_is_no_fault_of_the_event(infrastructure: Infrastructure) -> None:
    await _post(infrastructure, ("a", b"1"))
    reader = Reader(away=HASTY.tries * 2)
    async with _reading(infrastructure, reader):
        await _nothing_left(infrastructure)

    assert reader.read == [("a", b"1")]
    assert await _parking(infrastructure).of_group(GROUP) == []


async def test_a_message_that_is_no_event_is_parked_with_the_reason(infrastructure: Infrastructure) -> None:
    await infrastructure.bus.publish([Message(LETTERS.name, "a", b"hello", (("ce_id", b"x"),))])
    await _post(infrastructure, ("b", b"2"))
    reader = Reader()
    async with _reading(infrastructure, reader):
        await _nothing_left(infrastructure)
    parked = await _parking(infrastructure).of_group(GROUP)

    assert reader.read == [("b", b"2")]
    assert [entry.error for entry in parked] == ["not an event of California Gold: KeyError('specversion')"]


async def test_a_parked_event_is_told_on_the_dead_letter_topic(infrastructure: Infrastructure) -> None:
    await _post(infrastructure, ("a", b"bad"))
    async with _reading(infrastructure, Reader(refused={b"bad"})):
        await _nothing_left(infrastructure)
    batches = infrastructure.bus.follow([DEAD_LETTERS.name], from_start=True)
    letter = (await anext(batches))[0]

    assert from_message(letter.headers, letter.value).data == b"bad"
    assert dict(letter.headers)["parked_group"] == GROUP.encode()
    assert dict(letter.headers)["parked_reason"] == b"ValueError"


async def test_what_an_event_holds_is_in_no_log_line(
    infrastructure: Infrastructure, capsys: pytest.CaptureFixture[str]
) -> None:
    await _post(infrastructure, ("a", b"bad"))
    async with _reading(infrastructure, Reader(refused={b"bad"})):
        await _nothing_left(infrastructure)

    printed = "".join(capsys.readouterr())
    assert "ValueError" in printed
    assert "secret text" not in printed


async def test_a_consumer_that_does_not_move_is_told_apart_from_an_idle_one(infrastructure: Infrastructure) -> None:
    impatient = replace(HASTY, longest_work=timedelta(0))

    async def hang(letters: Sequence[Envelope]) -> None:
        await asyncio.Event().wait()

    consumer = Consumer(infrastructure, GROUP, [LETTERS], hang, patience=impatient)
    async with running(consumer.run()):
        idle = [await consumer.stuck() for _ in range(3)]
        await _post(infrastructure, ("a", b"1"))
        await consumer.stuck()
        stuck = await eventually(consumer.stuck)

    assert idle == [None, None, None]
    assert stuck is not None
    assert "1 events behind" in stuck


async def test_lag_and_parked_events_are_measured(infrastructure: Infrastructure) -> None:
    await _post(infrastructure, ("a", b"bad"))
    consumer = Consumer(infrastructure, GROUP, [LETTERS], Reader(refused={b"bad"}).handle, patience=HASTY)
    before = {measured.name: measured.value for measured in await consumer.measure()}
    async with running(consumer.run()):
        await _nothing_left(infrastructure)
    after = {measured.name: measured.value for measured in await consumer.measure()}

    assert (before["consumer_lag_events"], before["consumer_parked_events"]) == (1, 0)
    assert (after["consumer_lag_events"], after["consumer_parked_events"]) == (0, 1)


async def test_an_event_being_handled_at_the_end_is_finished_and_acknowledged(infrastructure: Infrastructure) -> None:
    await _post(infrastructure, ("a", b"1"), ("a", b"2"))
    begun, finish, read = asyncio.Event(), asyncio.Event(), list[bytes]()

    async def handle(letters: Sequence[Envelope]) -> None:
        begun.set()
        await finish.wait()
        read.extend(letter.data for letter in letters)

    worker = Consumer(infrastructure, GROUP, [LETTERS], handle, most=1).worker
    async with Supervisor([worker]).running():
        await begun.wait()
        asyncio.get_running_loop().call_soon(finish.set)
    assert read == [b"1"]
    assert [lag.behind for lag in await infrastructure.bus.lag([LETTERS.name], GROUP)] == [1]


def _parking(infrastructure: Infrastructure) -> Parking:
    return Parking(infrastructure.documents, infrastructure.clock)


async def _post(infrastructure: Infrastructure, *letters: tuple[str, bytes]) -> None:
    now = infrastructure.clock.now()
    envelopes = [
        Envelope(uuid5(UUID(int=0), f"{key}{text!r}"), "letters.posted.v1", "/tests", key, now, text)
        for key, text in letters
    ]
    await infrastructure.bus.publish(
        [Message(LETTERS.name, envelope.subject, envelope.data, envelope.headers()) for envelope in envelopes]
    )


def _reading(infrastructure: Infrastructure, reader: Reader, patience: RetryPolicy = HASTY):
    return running(Consumer(infrastructure, GROUP, [LETTERS], reader.handle, patience=patience).run())


async def _nothing_left(infrastructure: Infrastructure) -> None:
    async def done() -> bool:
        return all(lag.behind == 0 for lag in await infrastructure.bus.lag([LETTERS.name], GROUP))

    await eventually(done)


async def _reached(reader: Reader, count: int) -> bool:
    return len(reader.read) >= count


async def _has_tried_alone(reader: Reader) -> bool:
    return reader.tried >= 2


async def _counted(infrastructure: Infrastructure, attempts: int) -> bool:
    from chassis.messaging.parking import ATTEMPTS

    stored = [await infrastructure.documents.get(ATTEMPTS, f"{GROUP}:{LETTERS.name}:0:{offset}") for offset in range(3)]
    return any(document is not None and document.revision >= attempts for document in stored)
