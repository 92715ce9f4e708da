"""The message bus on Kafka."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager

from chassis.adapters.kafka import follower
from chassis.adapters.kafka.cluster import Cluster
from chassis.adapters.kafka.connection import ClientArguments, KafkaConnection
from chassis.adapters.kafka.group_member import GroupMember
from chassis.adapters.kafka.publisher import Publisher
from chassis.ports.message_bus import Lag, Message, ReceivedMessage


class KafkaMessageBus:
    """A `MessageBus` on Kafka. It connects on first use, and reconnects after an error."""

    def __init__(self, arguments: ClientArguments) -> None:
        self._arguments = arguments
        self._cluster = Cluster(arguments)
        self._publisher = Publisher(arguments, self._cluster)

    async def publish(self, messages: Sequence[Message]) -> None:
        """Return when all messages are durable. Raises `MessageTooLarge`."""
        await self._publisher.publish(messages)

    @asynccontextmanager
    async def subscribe(self, topics: Sequence[str], group: str) -> AsyncGenerator[GroupMember]:
        """Be a member of a consumer group for the duration of the block."""
        member = GroupMember(self._arguments, self._cluster, topics, group)
        try:
            yield member
        finally:
            await member.leave()

    def follow(self, topics: Sequence[str], *, from_start: bool) -> AsyncIterator[Sequence[ReceivedMessage]]:
        """Yield every message from the beginning or from now."""
        return follower.follow(self._arguments, self._cluster, topics, from_start=from_start)

    async def lag(self, topics: Sequence[str], group: str) -> Sequence[Lag]:
        """Return one `Lag` per topic."""
        return await self._cluster.lag(topics, group)

    async def close(self) -> None:
        """Close all connections."""
        await self._publisher.close()
        await self._cluster.close()


@asynccontextmanager
async def kafka_message_bus(connection: KafkaConnection) -> AsyncGenerator[KafkaMessageBus]:
    """Create the message bus; no broker has to run yet. Raises `ValueError` when certificates can't be read."""
    bus = KafkaMessageBus(connection.client_arguments())
    try:
        yield bus
    finally:
        await bus.close()
