"""Messaging over a real Kafka: duplicates and reordering do not corrupt read models, and nothing is lost."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from california_gold_contracts.envelope import Envelope
from california_gold_contracts.topics import DEAD_LETTERS, Topic
from chassis.adapters.kafka.connection import KafkaConnection
from chassis.adapters.kafka.message_bus import KafkaMessageBus
from chassis.adapters.kafka.topics import apply
from chassis.commands.recording import envelope_of
from chassis.messaging.consumer import Consumer
from chassis.messaging.delivery import Handle, RetryPolicy
from chassis.messaging.parking import ParkedState, Parking
from chassis.messaging.relay import Relay
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import Message, ReceivedMessage
from chassis.projections.projector import Projector
from testkit.conformance.samples import first, unique
from testkit.counters import CATEGORY, Count, Totals, command_context, counters
from testkit.eventually import eventually
from testkit.running import running

TOTALS = Totals()
NAMES = [f"counter-{number}" for number in range(6)]
STEPS = 5
FAST_RETRIES = RetryPolicy(max_attempts=2, initial_delay=timedelta(milliseconds=1), max_delay=timedelta(milliseconds=5))


@pytest.fixture
def over_kafka(infrastructure: Infrastructure, kafka_bus: KafkaMessageBus) -> Infrastructure:
    return replace(infrastructure, bus=kafka_bus)


@pytest.fixture
async def topic(make_topic: Callable[[int], Awaitable[Topic]]) -> Topic:
    return await make_topic(3)


@pytest.fixture
async def history(over_kafka: Infrastructure) -> list[Envelope]:
    for _ in range(STEPS):
        for name in NAMES:
            await counters(over_kafka).handle(name, Count(), command_context())
    return [envelope_of(event) async for page in over_kafka.events.read_all() for event in page]


async def test_a_duplicate_message_is_counted_once(
    over_kafka: Infrastructure, topic: Topic, history: list[Envelope]
) -> None:
    await _publish(over_kafka, topic, [envelope for envelope in history for _ in range(2)])
    await _publish(over_kafka, topic, history)
    await _project(over_kafka, topic)

    assert await _totals(over_kafka) == dict.fromkeys(NAMES, (STEPS - 1, {"total": STEPS, "seen": STEPS}))


@pytest.mark.parametrize("seed", range(3))
async def test_reordered_messages_lead_to_the_same_documents(
    over_kafka: Infrastructure, topic: Topic, history: list[Envelope], seed: int
) -> None:
    random.Random(seed).shuffle(history)
    await _publish(over_kafka, topic, history)
    await _project(over_kafka, topic)

    assert await _totals(over_kafka) == dict.fromkeys(NAMES, (STEPS - 1, {"total": STEPS, "seen": STEPS}))


async def test_a_poison_message_is_parked_with_the_reason_and_other_keys_continue(
    over_kafka: Infrastructure, topic: Topic, history: list[Envelope], kafka_bootstrap: str
) -> None:
    await apply(KafkaConnection(kafka_bootstrap), [DEAD_LETTERS], 1)
    dead_letters = over_kafka.bus.follow([DEAD_LETTERS.name], from_start=False)
    assert await anext(dead_letters) == []
    poison = Message(topic.name, NAMES[0], b"malformed")
    await over_kafka.bus.publish([poison])
    await _publish(over_kafka, topic, history)
    await _project(over_kafka, topic)
    parked = await Parking(over_kafka.documents, over_kafka.clock).of_every_group()
    letter = await _about(dead_letters, topic)

    assert [(entry.state, entry.message.value) for entry in parked if entry.state is ParkedState.PARKED] == [
        (ParkedState.PARKED, b"malformed")
    ]
    assert parked[0].error.startswith("not an event of California Gold")
    assert {entry.message.key for entry in parked} == {NAMES[0]}
    assert set(await _totals(over_kafka)) == set(NAMES[1:])
    assert letter.value == b"malformed"


async def test_two_concurrent_relays_publish_each_event_once(
    over_kafka: Infrastructure, topic: Topic, history: list[Envelope]
) -> None:
    other = replace(over_kafka, instance="another")
    async with running(
        Relay(over_kafka, topic, [CATEGORY]).run(),
        Relay(other, topic, [CATEGORY]).run(),
    ):
        await eventually(lambda: _behind(over_kafka, topic, len(history)))
        await counters(over_kafka).handle(NAMES[0], Count(), command_context())
        await eventually(lambda: _behind(over_kafka, topic, len(history) + 1))
    messages = await first(over_kafka.bus.follow([topic.name], from_start=True), len(history) + 1)

    assert len({dict(message.headers)["ce_id"] for message in messages}) == len(messages) == len(history) + 1


async def test_an_event_of_a_newer_producer_is_counted_and_skipped(
    over_kafka: Infrastructure, topic: Topic, history: list[Envelope]
) -> None:
    newer = replace(history[0], type="counters.counted.v7")
    await _publish(over_kafka, topic, [newer, *history[1:]])
    consumer = await _project(over_kafka, topic)
    unknown = [measured for measured in await consumer.measure() if measured.name == "consumer_unknown_events_total"]

    assert [measured.value for measured in unknown if measured.labels["type"] == "counters.counted.v7"] == [1]
    assert set(await _totals(over_kafka)) == set(NAMES)
    assert await Parking(over_kafka.documents, over_kafka.clock).of_every_group() == []


async def _about(letters: AsyncIterator[Sequence[ReceivedMessage]], topic: Topic) -> ReceivedMessage:
    """Return the first dead letter of a topic; other tests may send some too."""
    async with asyncio.timeout(10):
        async for batch in letters:
            for letter in batch:
                if ("topic", topic.name.encode()) in letter.headers:
                    return letter
    raise AssertionError("the dead letter topic ended")


async def _publish(infrastructure: Infrastructure, topic: Topic, envelopes: Sequence[Envelope]) -> None:
    messages = [Message(topic.name, event.subject, event.data, event.headers()) for event in envelopes]
    await infrastructure.bus.publish(messages)


async def _project(infrastructure: Infrastructure, topic: Topic) -> Consumer:
    """Consume the topic to its end."""
    project: Handle = Projector(TOTALS, infrastructure.documents, infrastructure.events).project
    consumer = Consumer(infrastructure, unique("group"), [topic], project, max_batch=7, retry_policy=FAST_RETRIES)

    async def done() -> bool:
        return all(lag.behind == 0 for lag in await infrastructure.bus.lag([topic.name], consumer.group))

    async with running(consumer.run()):
        await eventually(done, within=20)
    return consumer


async def _totals(infrastructure: Infrastructure) -> dict[str, tuple[int, object]]:
    stored = await infrastructure.documents.get_many(TOTALS.collection, NAMES)
    return {name: (document.revision, orjson.loads(document.body or b"null")) for name, document in stored.items()}


async def _behind(infrastructure: Infrastructure, topic: Topic, count: int) -> bool:
    return [lag.behind for lag in await infrastructure.bus.lag([topic.name], "no-consumer")] == [count]
