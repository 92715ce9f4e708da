"""Benchmark: the relay, from the event store to the broker's acknowledgement, against bare clients.

The bare idempotent aiokafka producer sends the same messages from memory; the two bare clients together read them from
the event store first, as a relay does. The measurements alternate.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, cast

from aiokafka import AIOKafkaProducer
from kurrentdbclient import AsyncKurrentDBClient

from benchmarks.distributed.jobs import EVENTS, with_jobs
from benchmarks.table import Row
from california_gold_contracts.topics import JOBS
from chassis.commands.recording import envelope_of
from chassis.coordination.checkpoints import CHECKPOINTS
from chassis.messaging.relay import Relay
from chassis.ports.event_store import StoredEvent
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import Message, MessageBus
from tests.servers.infrastructure_servers import InfrastructureServers

_ROUNDS = 3
_PAGE = 1000


async def rows(servers: InfrastructureServers, folder: Path) -> list[Row]:
    """Measure messages per second."""
    relay, publish, bare, both = list[float](), list[float](), list[float](), list[float]()
    async with with_jobs(servers) as (infrastructure, stored):
        messages = [_message(event) for event in stored]
        producer: Any = AIOKafkaProducer(
            bootstrap_servers=[servers.kafka.endpoint], enable_idempotence=True, acks="all"
        )
        client = AsyncKurrentDBClient(servers.event_store.endpoint)
        await asyncio.gather(producer.start(), client.connect())
        try:
            await _bare(producer, messages)
            for _ in range(_ROUNDS):
                relay.append(await _relay(infrastructure))
                publish.append(await _publish(infrastructure, messages))
                bare.append(await _bare(producer, messages))
                both.append(await _read_and_send(client, producer))
        finally:
            await asyncio.gather(producer.stop(), client.close())
    return [
        _row("the relay against a bare idempotent producer", relay, bare),
        _row("the relay against bare clients that read and produce", relay, both),
        _row("publishing alone against a bare idempotent producer", publish, bare),
    ]


def _row(what: str, ours: list[float], bare: list[float]) -> Row:
    ratio = median(theirs / own for own, theirs in zip(ours, bare, strict=True))
    return Row(what, f"{EVENTS / median(ours):,.0f} messages/s", f"{EVENTS / median(bare):,.0f} messages/s", ratio)


async def _relay(infrastructure: Infrastructure) -> float:
    await infrastructure.documents.delete(CHECKPOINTS, [f"relay:{JOBS.name}"])
    bus = _CountingBus(infrastructure.bus)
    relay = Relay(replace(infrastructure, bus=cast("MessageBus", bus)), JOBS, ["job"])
    started = perf_counter()
    relaying = asyncio.ensure_future(relay.run())
    await asyncio.wait_for(bus.complete.wait(), timeout=120)
    seconds = perf_counter() - started
    relaying.cancel()
    await asyncio.gather(relaying, return_exceptions=True)
    return seconds


class _CountingBus:
    """A bus that sets `complete` when all events are published."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus, self._published, self.complete = bus, 0, asyncio.Event()

    async def publish(self, messages: Sequence[Message]) -> None:
        await self._bus.publish(messages)
        self._published += len(messages)
        if self._published >= EVENTS:
            self.complete.set()


async def _publish(infrastructure: Infrastructure, messages: Sequence[Message]) -> float:
    started = perf_counter()
    for start in range(0, len(messages), _PAGE):
        await infrastructure.bus.publish(messages[start : start + _PAGE])
    return perf_counter() - started


async def _bare(producer: Any, messages: Sequence[Message]) -> float:
    started = perf_counter()
    sent = [
        await producer.send(message.topic, message.value, message.key.encode(), headers=list(message.headers))
        for message in messages
    ]
    await asyncio.gather(*sent)
    return perf_counter() - started


async def _read_and_send(client: AsyncKurrentDBClient, producer: Any) -> float:
    started, sent = perf_counter(), list[Any]()
    async for event in await client.read_all(filter_include=["job-.*"], filter_by_stream_name=True):
        headers = [("ce_id", str(event.id).encode()), ("ce_type", event.type.encode())]
        sent.append(await producer.send(JOBS.name, event.data, event.stream_name[4:].encode(), headers=headers))
    await asyncio.gather(*sent)
    return perf_counter() - started


def _message(event: StoredEvent) -> Message:
    envelope = envelope_of(event)
    return Message(JOBS.name, envelope.subject, envelope.data, envelope.headers())
