"""Publishing: idempotent, in batches, in order, and with a new producer after trouble."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from chassis.adapters.kafka.acknowledgements import Acknowledgements
from chassis.adapters.kafka.batches import BATCH_BYTES, batches
from chassis.adapters.kafka.clients import Producer
from chassis.adapters.kafka.cluster import Cluster
from chassis.adapters.kafka.connection import ClientArguments
from chassis.adapters.kafka.errors import asking_kafka
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.message_bus import Message, MessageTooLarge

_PATIENCE_SECONDS = 10.0
_REQUEST_MS = 10_000


class Publisher:
    """Publishes for one process. It connects with the first message.

    A batch that failed leaves a gap in the producer's sequence numbers, and one that was not answered could still be
    sent later: after either the producer is given up, and the next call gets a new one.
    """

    def __init__(self, arguments: ClientArguments, cluster: Cluster) -> None:
        self._arguments, self._cluster = arguments, cluster
        self._producer: Producer | None = None
        self._opening = asyncio.Lock()
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._known: set[str] = set()

    async def publish(self, messages: Sequence[Message]) -> None:
        """Return when all messages are on disk. Calls for one topic go out in the order in which they came."""
        by_topic: defaultdict[str, list[Message]] = defaultdict(list)
        for message in messages:
            by_topic[message.topic].append(message)
        for topic, of_topic in by_topic.items():
            await self._publish(topic, of_topic)

    async def close(self) -> None:
        """End the producer."""
        if self._producer is not None:
            await self._give_up(self._producer)

    async def _check(self, topic: str) -> None:
        """Ask once whether there is a topic: the producer would wait for it to appear."""
        if topic not in self._known:
            await self._cluster.partitions([topic])
            self._known.add(topic)

    async def _publish(self, topic: str, messages: Sequence[Message]) -> None:
        producer = None
        try:
            async with asking_kafka(_PATIENCE_SECONDS), Acknowledgements(topic) as acknowledgements:
                async with self._turns[topic]:
                    await self._check(topic)
                    producer = await self._opened()
                    for batch in batches(producer.create_batch, messages, await producer.partitions_for(topic)):
                        acknowledgements.add(await producer.send_batch(batch.builder, topic, partition=batch.partition))
                await acknowledgements.all()
        except (StoreUnavailable, MessageTooLarge):
            self._known.discard(topic)
            if producer is not None:
                await self._give_up(producer)
            raise

    async def _opened(self) -> Producer:
        async with self._opening:
            if self._producer is None:
                self._producer = await _connected(self._arguments)
            return self._producer

    async def _give_up(self, producer: Producer) -> None:
        if self._producer is producer:
            self._producer = None
        await producer.end()


async def _connected(arguments: ClientArguments) -> Producer:
    producer = Producer(
        **arguments,
        enable_idempotence=True,
        acks="all",
        compression_type="lz4",
        max_batch_size=BATCH_BYTES,
        request_timeout_ms=_REQUEST_MS,
    )
    try:
        await producer.start()
    except BaseException:
        await producer.end()
        raise
    return producer
