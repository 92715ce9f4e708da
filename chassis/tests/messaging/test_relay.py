import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import cast

import pytest

from california_gold_contracts.envelope import Envelope
from california_gold_contracts.topics import Topic
from chassis.coordination.checkpoints import CHECKPOINTS
from chassis.messaging.relay import Relay
from chassis.ports.document_store import Collection, Document, DocumentStore
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import Lag, Message, MessageBus, ReceivedMessage, Subscription
from chassis.runtime.supervisor import Supervisor
from testkit.counters import Count, command_context, counters
from testkit.eventually import eventually
from testkit.running import running

COUNTERS = Topic("tests.counters", "tests", "counter")


async def test_stored_events_are_published_in_order(infrastructure: Infrastructure) -> None:
    await _count(infrastructure, "a", 3)
    async with running(Relay(infrastructure, COUNTERS, ["counter"]).run()):
        await _count(infrastructure, "b", 2)
        published = await _published(infrastructure, 5)

    assert [(event.subject, event.revision) for event in published] == [
        ("a", 0),
        ("a", 1),
        ("a", 2),
        ("b", 0),
        ("b", 1),
    ]
    assert [event.position for event in published] == sorted(event.position for event in published)


async def test_a_restarted_relay_resumes_at_its_checkpoint(infrastructure: Infrastructure) -> None:
    await _count(infrastructure, "a", 3)
    async with running(Relay(infrastructure, COUNTERS, ["counter"]).run()):
        await _published(infrastructure, 3)
    await _count(infrastructure, "a", 2)
    async with running(Relay(infrastructure, COUNTERS, ["counter"]).run()):
        published = await _published(infrastructure, 5)

    assert [event.revision for event in published] == [0, 1, 2, 3, 4]


async def test_checkpoints_are_stored_less_often_than_events_are_published(infrastructure: Infrastructure) -> None:
    checkpoints = _RecordedCheckpoints(infrastructure.documents)
    recorded = replace(infrastructure, documents=cast("DocumentStore", checkpoints))
    async with running(Relay(recorded, COUNTERS, ["counter"]).run()):
        for count in range(1, 6):
            await _count(infrastructure, "a", 1)
            await _published(infrastructure, count)
        last = (await infrastructure.events.read("counter-a"))[-1].position

        async def is_stored() -> bool:
            return checkpoints.positions[-1:] == [last]

        await eventually(is_stored)

    assert len(checkpoints.positions) < 5


async def test_a_relay_publishes_only_its_categories(infrastructure: Infrastructure) -> None:
    await _count(infrastructure, "a", 1)
    async with running(Relay(infrastructure, COUNTERS, ["counter"]).run()):
        published = await _published(infrastructure, 1)
    other_topic = Topic("tests.elsewhere", "tests", "none")
    async with running(Relay(infrastructure, other_topic, ["other"]).run()):
        lag = await infrastructure.bus.lag([other_topic.name], "no-consumer")

    assert len(published) == 1
    assert [topic.behind for topic in lag] == [0]


async def test_an_event_without_a_public_form_is_not_published(infrastructure: Infrastructure) -> None:
    await _count(infrastructure, "secret", 1)
    await _count(infrastructure, "open", 1)

    def publish(envelope: Envelope) -> Envelope | None:
        return None if envelope.subject == "secret" else replace(envelope, type="public.counted.v1", data=b"{}")

    async with running(Relay(infrastructure, COUNTERS, ["counter"], publish).run()):
        published = await _published(infrastructure, 1)

    assert [(event.subject, event.type, event.data) for event in published] == [("open", "public.counted.v1", b"{}")]


async def test_no_event_is_skipped_when_the_bus_fails(infrastructure: Infrastructure) -> None:
    await _count(infrastructure, "a", 3)
    failing = _FailingBus(infrastructure.bus)
    async with Supervisor([Relay(replace(infrastructure, bus=failing), COUNTERS, ["counter"]).worker]).running():
        published = await _published(infrastructure, 3)

    assert failing.failures == 0
    assert [event.revision for event in published] == [0, 1, 2]


async def test_two_relays_of_a_topic_publish_each_event_once(infrastructure: Infrastructure) -> None:
    await _count(infrastructure, "a", 3)
    others = replace(infrastructure, instance="another")
    async with (
        running(Relay(infrastructure, COUNTERS, ["counter"]).run()),
        running(Relay(others, COUNTERS, ["counter"]).run()),
    ):
        await _published(infrastructure, 3)
        await _count(infrastructure, "b", 3)
        published = await _published(infrastructure, 6)
        lag = await infrastructure.bus.lag([COUNTERS.name], "no-consumer")

    assert len({event.id for event in published}) == 6
    assert lag[0].behind == 6


async def test_the_delay_is_the_age_of_the_oldest_event_that_is_not_published(infrastructure: Infrastructure) -> None:
    bus = _FailingBus(infrastructure.bus, failures=0)
    relay = Relay(replace(infrastructure, bus=bus), COUNTERS, ["counter"])

    async def delayed() -> bool:
        return (await _measured(relay))["relay_delay_seconds"] > 0.05

    assert await _measured(relay) == {"relay_delay_seconds": 0, "relay_running": 0}
    async with running(relay.run()):
        bus.published.clear()
        await _count(infrastructure, "a", 1)
        await eventually(delayed)
        assert (await _measured(relay))["relay_running"] == 1
        bus.published.set()
        await _published(infrastructure, 1)
    assert (await _measured(relay))["relay_running"] == 0


async def test_the_delay_of_the_last_event_is_forgotten(
    infrastructure: Infrastructure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.messaging.relay._DELAY_SECONDS", 0.0)
    relay = Relay(infrastructure, COUNTERS, ["counter"])
    async with running(relay.run()):
        await _count(infrastructure, "a", 1)
        await _published(infrastructure, 1)

        async def nothing_late() -> bool:
            return (await _measured(relay))["relay_delay_seconds"] == 0

        await eventually(nothing_late)


async def _measured(relay: Relay) -> dict[str, float]:
    return {measured.name: measured.value for measured in await relay.measure()}


class _RecordedCheckpoints:
    """A real document store that records the checkpoints written."""

    def __init__(self, documents: DocumentStore) -> None:
        self._documents, self.positions = documents, list[int]()

    async def put_newer(self, collection: Collection, documents: Sequence[Document]) -> None:
        await self._documents.put_newer(collection, documents)
        self.positions += [document.revision for document in documents if collection == CHECKPOINTS]

    def __getattr__(self, name: str) -> object:
        return getattr(self._documents, name)


@dataclass
class _FailingBus:
    """A real bus that is unavailable for the first two attempts to publish, and slow until `published` is set."""

    bus: MessageBus
    failures: int = 2
    published: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.published.set()

    async def publish(self, messages: Sequence[Message]) -> None:
        await self.published.wait()
        if self.failures:
            self.failures -= 1
            raise StoreUnavailable("unavailable")
        await self.bus.publish(messages)

    def subscribe(self, topics: Sequence[str], group: str) -> AbstractAsyncContextManager[Subscription]:
        return self.bus.subscribe(topics, group)

    def follow(self, topics: Sequence[str], *, from_start: bool) -> AsyncIterator[Sequence[ReceivedMessage]]:
        return self.bus.follow(topics, from_start=from_start)

    async def lag(self, topics: Sequence[str], group: str) -> Sequence[Lag]:
        return await self.bus.lag(topics, group)


async def _count(infrastructure: Infrastructure, name: str, steps: int) -> None:
    await counters(infrastructure).handle(name, Count(steps), command_context())


async def _published(infrastructure: Infrastructure, count: int) -> list[Envelope]:
    async def enough() -> bool:
        return (await infrastructure.bus.lag([COUNTERS.name], "no-consumer"))[0].behind >= count

    await eventually(enough)
    found: list[Envelope] = []
    async for batch in infrastructure.bus.follow([COUNTERS.name], from_start=True):
        found += [message.envelope() for message in batch]
        if len(found) >= count:
            return found
    return found
