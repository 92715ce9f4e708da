"""Known and unknown versions of the failure event in metric topic."""

import json
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import replace
from uuid import uuid4

import pytest
import pytest_asyncio

from california_gold_contracts import topics
from california_gold_contracts.catalog import encode
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.topics import Topic
from chassis.adapters.kafka.connection import KafkaConnection
from chassis.adapters.kafka.message_bus import kafka_message_bus
from chassis.adapters.kafka.topics import apply
from chassis.messaging.consumer import Consumer
from chassis.messaging.parking import Parking
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import Message
from jobs_command.application.event_handlers import AnalysisEventHandler
from jobs_command.application.job_objects import JobObjects
from testkit.eventually import eventually
from testkit.running import running
from tests.contracts.job_histories import (
    TIME,
    V2,
    Failed,
    FailedV1,
    FailedV2,
    FailedV3,
    aggregates,
    stored,
    types,
)


@pytest_asyncio.fixture(params=["embedded", "kafka"])
async def with_topic(
    request: pytest.FixtureRequest, infrastructure: Infrastructure
) -> AsyncGenerator[tuple[Infrastructure, Topic]]:
    if request.param == "embedded":
        yield infrastructure, topics.ANALYSIS
        return
    connection = KafkaConnection(request.getfixturevalue("kafka_bootstrap"))
    topic = Topic(f"analysis-{uuid4().hex}", "tests", "job id", partitions=3)
    await apply(connection, [topic], replication=1)
    async with kafka_message_bus(connection) as bus:
        yield replace(infrastructure, bus=bus), topic


async def test_known_versions_in_a_topic_are_handled_and_an_unknown_one_is_counted(
    with_topic: tuple[Infrastructure, Topic],
) -> None:
    infrastructure, topic = with_topic
    job_ids = {version: uuid4() for version in (3, 1, 2)}
    streams = {version: await stored(infrastructure, job_id) for version, job_id in job_ids.items()}
    events = {3: FailedV3(job_id=job_ids[3]), 1: FailedV1(job_id=job_ids[1]), 2: FailedV2(job_id=job_ids[2])}
    await infrastructure.bus.publish([_message(topic, version, events[version]) for version in job_ids])
    handler = AnalysisEventHandler(aggregates(infrastructure), JobObjects(infrastructure.objects))
    consumer = Consumer(infrastructure, f"group-{uuid4().hex}", [topic], handler.handle)

    async def done() -> bool:
        with suppress(StoreUnavailable):  # a new broker has no group coordinator at first
            return all(lag.behind == 0 for lag in await infrastructure.bus.lag([topic.name], consumer.group))
        return False

    async with running(consumer.run()):
        await eventually(done, within=30)
    for version in (1, 2):
        noted = (await infrastructure.events.read(streams[version]))[-1]
        assert (noted.type, json.loads(noted.data)["retryable"]) == (V2, True)
    assert len(await types(infrastructure, streams[3])) == 2
    unknown = [metric for metric in await consumer.measure() if metric.name == "consumer_unknown_events_total"]
    counted = {metric.labels["type"]: metric.value for metric in unknown}
    assert counted == {"others": 0, "analysis.analysis-failed.v3": 1}
    assert await Parking(infrastructure.documents, infrastructure.clock).of_every_group() == []


def _message(topic: Topic, version: int, event: Failed | FailedV3) -> Message:
    wire_type, key = f"analysis.analysis-failed.v{version}", str(event.job_id)
    envelope = Envelope(uuid4(), wire_type, "analyzer", key, TIME, encode(event), correlation_id="story")
    return Message(topic.name, key, envelope.data, envelope.headers())
