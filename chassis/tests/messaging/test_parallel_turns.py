"""A consumer that handles several events at once: never more than it may, and those of one key in order."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

import pytest

from california_gold_contracts.envelope import Envelope
from chassis.messaging.delivery import Delivery
from chassis.messaging.fair_consumer import FairConsumer
from chassis.messaging.parking import ParkedState
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import ReceivedMessage
from testkit.eventually import eventually
from testkit.letters import FAST_RETRIES, GROUP, LETTERS, all_acknowledged, parking_of, post
from testkit.running import running


@dataclass
class Readers:
    """Handlers that record what they have begun, and finish each letter when it is named."""

    failing: frozenset[str] = frozenset()
    begun: list[str] = field(default_factory=list[str])
    finished: list[str] = field(default_factory=list[str])
    reading: set[str] = field(default_factory=set[str])
    may_finish: set[str] = field(default_factory=set[str])

    async def user_of(self, letter: Envelope) -> str:
        """Return who waits for a letter: the first character of its address."""
        return letter.subject[0]

    async def handle(self, letters: Sequence[Envelope]) -> None:
        """Read one letter until it may be finished."""
        name = letters[0].data.decode()
        self.begun.append(name)
        self.reading.add(name)
        try:
            await eventually(lambda: self._may(name), within=60)
            if name in self.failing:
                raise ValueError
        finally:
            self.reading.discard(name)
        self.finished.append(name)

    async def reads(self, *names: str) -> None:
        """Wait until these letters are being read, and no others."""
        await eventually(lambda: self._reads(set(names)), within=30)

    def finish(self, *names: str) -> None:
        self.may_finish.update(names)

    async def _may(self, name: str) -> bool:
        return name in self.may_finish

    async def _reads(self, names: set[str]) -> bool:
        return self.reading == names


def consumer(infrastructure: Infrastructure, readers: Readers, parallel: int = 2) -> FairConsumer:
    return FairConsumer(
        *(infrastructure, GROUP, [LETTERS], readers.handle),
        retry_policy=FAST_RETRIES,
        user_of=readers.user_of,
        parallel=parallel,
    )


async def test_as_many_are_handled_at_once_as_may_be_and_the_next_one_waits(infrastructure: Infrastructure) -> None:
    readers = Readers()
    await post(infrastructure, ("a1", b"a1"), ("a2", b"a2"), ("a3", b"a3"))
    async with running(consumer(infrastructure, readers).run()):
        await readers.reads("a1", "a2")
        readers.finish("a2")
        await readers.reads("a1", "a3")
        readers.finish("a1", "a3")
        await all_acknowledged(infrastructure)
    assert readers.begun == ["a1", "a2", "a3"]


async def test_who_comes_while_another_has_all_places_gets_the_first_free_one(infrastructure: Infrastructure) -> None:
    readers = Readers()
    await post(infrastructure, *((f"a{number}", b"a%d" % number) for number in range(1, 6)))
    async with running(consumer(infrastructure, readers).run()):
        await readers.reads("a1", "a2")
        await post(infrastructure, ("b1", b"b1"))
        await post(infrastructure, ("b2", b"b2"))
        readers.finish("a1")
        await eventually(lambda: _equal(readers.begun[2:], ["b1"]), within=30)
        readers.finish("a2", "b1")
        await eventually(lambda: _equal(readers.begun[2:], ["b1", "a3", "b2"]), within=30)
        readers.finish("b2", "a3", "a4", "a5")
        await all_acknowledged(infrastructure)


async def _equal(begun: list[str], expected: list[str]) -> bool:
    return begun == expected


async def test_events_of_one_key_are_handled_one_after_the_other(infrastructure: Infrastructure) -> None:
    readers = Readers()
    await post(infrastructure, ("a1", b"first"), ("a1", b"second"), ("b1", b"other"))
    async with running(consumer(infrastructure, readers, parallel=3).run()):
        await readers.reads("first", "other")
        readers.finish("other", "second")
        await readers.reads("first")
        readers.finish("first")
        await all_acknowledged(infrastructure)
    assert readers.finished == ["other", "first", "second"]


async def test_the_committed_offset_stays_behind_the_oldest_event_in_progress(infrastructure: Infrastructure) -> None:
    first = Readers(may_finish={"a2", "a3"})
    await post(infrastructure, ("a1", b"a1"), ("a2", b"a2"), ("a3", b"a3"))
    async with running(consumer(infrastructure, first).run()):
        await eventually(lambda: _equal(first.finished, ["a2", "a3"]), within=30)
    second = Readers(may_finish={"a1", "a2", "a3"})
    async with running(consumer(infrastructure, second).run()):
        await all_acknowledged(infrastructure)
    assert "a1" in second.finished


async def test_a_later_event_of_a_key_that_fails_waits_behind_it_while_others_go_on(
    infrastructure: Infrastructure,
) -> None:
    readers = Readers(failing=frozenset({"bad"}), may_finish={"bad", "after", "b1", "b2"})
    await post(infrastructure, ("a1", b"bad"), ("a1", b"after"), ("b1", b"b1"), ("b2", b"b2"))
    async with running(consumer(infrastructure, readers, parallel=3).run()):
        await all_acknowledged(infrastructure)
    assert [entry.message.value for entry in await parking_of(infrastructure).of_group(GROUP)] == [b"bad", b"after"]
    assert sorted(readers.finished) == ["b1", "b2"]


async def test_an_event_in_progress_is_finished_when_another_finds_the_bus_lost(
    infrastructure: Infrastructure, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers = Readers()
    await post(infrastructure, ("a1", b"a1"), ("a2", b"a2"), ("a3", b"a3"))
    fair = consumer(infrastructure, readers)

    async def lost(*_: object) -> None:
        raise StoreUnavailable("the bus is away")

    consuming = asyncio.ensure_future(fair.run())
    await readers.reads("a1", "a2")
    monkeypatch.setattr(fair, "_take_turn", lost)
    readers.finish("a2")
    await readers.reads("a1")
    await asyncio.sleep(0.1)
    assert not consuming.done()
    readers.finish("a1")
    with pytest.raises(StoreUnavailable):
        await asyncio.wait_for(consuming, 30)
    assert sorted(readers.finished) == ["a1", "a2"]


def _letter(key: str, text: str, offset: int, now: datetime) -> ReceivedMessage:
    letter = Envelope(uuid4(), "letters.posted.v1", "/tests", key, now, text.encode())
    return ReceivedMessage(LETTERS.name, key, letter.data, letter.headers(), 0, offset)


async def test_an_event_that_is_parked_while_another_is_retried_keeps_its_key_blocked(
    infrastructure: Infrastructure,
) -> None:
    readers, parking = Readers(failing=frozenset({"bad"}), may_finish={"bad", "after"}), parking_of(infrastructure)
    delivery = Delivery(GROUP, readers.handle, parking, infrastructure.bus, FAST_RETRIES)
    now = infrastructure.clock.now()
    await parking.park(GROUP, _letter("x1", "released", 0, now), ParkedState.RETRY)

    retrying = asyncio.ensure_future(delivery.unpark())
    await readers.reads("released")
    await delivery.deliver([_letter("a1", "bad", 1, now)])
    readers.finish("released")
    await retrying
    await delivery.deliver([_letter("a1", "after", 2, now)])

    assert readers.finished == ["released"]
    assert [entry.message.value for entry in await parking.of_group(GROUP)] == [b"bad", b"after"]
