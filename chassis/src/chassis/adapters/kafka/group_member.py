"""A member of a consumer group: it keeps its place in the group while work is long, and loses nothing when it moves."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import suppress

from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import CommitFailedError, IllegalStateError
from aiokafka.structs import TopicPartition

from chassis.adapters.kafka.clients import Consumer
from chassis.adapters.kafka.cluster import Cluster
from chassis.adapters.kafka.connection import ClientArguments
from chassis.adapters.kafka.errors import asking_kafka
from chassis.adapters.kafka.joining import joined
from chassis.adapters.kafka.polling import Polling
from chassis.adapters.kafka.progress import Progress
from chassis.adapters.kafka.reading import Reading
from chassis.adapters.kafka.records import partition_of
from chassis.adapters.kafka.stall_detector import StallDetector
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.message_bus import ReceivedMessage

_COMMIT_SECONDS = 12.0  # longer than a request of the driver: to stop waiting for one would leave its error unheard
_COMMIT_PAUSE_SECONDS = 0.2
_POSITION_SECONDS = 30.0  # the driver has one at once, or looks for it while it finds the group's broker
_SETTLE_SECONDS = 1.0


class GroupMember(ConsumerRebalanceListener):
    """A `Subscription`. It joins the group with the first batch that is asked for.

    The driver's own tasks keep the membership: nothing here has to run for it while a message is worked on.
    """

    def __init__(self, arguments: ClientArguments, cluster: Cluster, topics: Sequence[str], group: str) -> None:
        self._arguments, self._cluster, self._topics, self._group = arguments, cluster, topics, group
        self._consumer: Consumer | None = None
        self._polling: Polling | None = None
        self._progress: defaultdict[TopicPartition, Progress] = defaultdict(Progress)
        self._owned: frozenset[TopicPartition] = frozenset()
        self._committing = asyncio.Lock()
        self._committed_at = float("-inf")
        self._later: asyncio.Task[None] | None = None
        self._finished = asyncio.Event()
        self._leaving = False

    async def batches(self) -> AsyncIterator[Sequence[ReceivedMessage]]:
        """Yield what nobody acknowledged before and is not in hand here, for ever."""
        if self._consumer is None:
            self._consumer = await joined(self._arguments, self._cluster, self._topics, self._group, self)
        self._polling = Polling(self._consumer, self._rewind)
        reading = Reading(self._polling, StallDetector(self._cluster, self._topics, self._consumer).look)
        while True:
            messages = await reading.messages()
            batch = [message for message in messages if self._progress[partition_of(message)].take(message.offset)]
            if not messages:
                await self._pass_over(self._consumer)
            if len(batch) < len(messages) or not messages:
                await self._commit()
            if batch:
                yield batch

    async def acknowledge(self, messages: Sequence[ReceivedMessage]) -> None:
        """Say that these are done. Of partitions that went to another member since, nothing is committed.

        What a stream of small batches has done is committed together, five times a second.
        """
        for message in messages:
            self._progress[partition_of(message)].finish(message.offset)
        self._finished.set()
        if asyncio.get_running_loop().time() - self._committed_at >= _COMMIT_PAUSE_SECONDS:
            await self._commit()
        elif self._later is None or self._later.done():
            self._later = asyncio.ensure_future(self._commit_later())

    async def leave(self) -> None:
        """Leave the group: others take over at once, behind what is done."""
        await self._commit_in_time()
        if self._later is not None:
            self._later.cancel()
        self._leaving, self._owned = True, frozenset()
        self._finished.set()
        if self._consumer is not None:
            await self._consumer.end()

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Give quick work a moment to end and to be committed, so that it is not done again elsewhere."""
        await self._commit_in_time(self._settled)
        self._owned = frozenset()
        for progress in self._progress.values():
            progress.pause()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Take over partitions; their places are those that the group committed."""
        self._owned = frozenset(assigned)

    async def _rewind(self) -> None:
        if self._consumer is not None:
            for partition in self._owned:
                place = self._progress[partition].reads_from
                if place is None:
                    place = await self._consumer.committed(partition)
                if place is None:
                    await self._consumer.seek_to_beginning(partition)
                else:
                    self._consumer.seek(partition, place)

    async def _settled(self) -> None:
        while not self._leaving and any(self._progress[partition].in_hand for partition in self._owned):
            self._finished.clear()
            await self._finished.wait()

    async def _pass_over(self, consumer: Consumer) -> None:
        """Move over what is no message, where nothing came and nothing is in hand."""
        async with asking_kafka(_POSITION_SECONDS):
            for partition in self._owned:
                with suppress(IllegalStateError):
                    position = await consumer.position(partition)
                    self._progress[partition].pass_over(position)

    async def _commit_in_time(self, prepare: Callable[[], Awaitable[None]] | None = None) -> None:
        with suppress(TimeoutError, StoreUnavailable):
            async with asyncio.timeout(_SETTLE_SECONDS):
                if prepare is not None:
                    await prepare()
                await self._commit()

    async def _commit_later(self) -> None:
        await asyncio.sleep(_COMMIT_PAUSE_SECONDS)
        with suppress(StoreUnavailable):  # who acknowledges or reads next hears of it
            await self._commit()

    async def _commit(self) -> None:
        """Commit what is done; calls that come meanwhile share the next round trip.

        A group that is being rearranged refuses: that is no error, the next owner begins where the group is.
        """
        if self._consumer is None:
            return
        async with asking_kafka(_COMMIT_SECONDS), self._committing:
            self._committed_at = asyncio.get_running_loop().time()
            with suppress(CommitFailedError, IllegalStateError):
                await self._begin(self._consumer)
                places = {partition: self._progress[partition].place for partition in self._uncommitted()}
                if places:
                    await self._consumer.commit(places)
                for partition, place in places.items():
                    self._progress[partition].durable = place

    async def _begin(self, consumer: Consumer) -> None:
        """Learn where reading began in partitions that came back and that nothing was read from yet."""
        if self._polling and self._polling.is_astray:
            return
        for partition in self._owned & self._progress.keys():
            if not self._progress[partition].begun:
                position = await consumer.position(partition)
                self._progress[partition].pass_over(position)

    def _uncommitted(self) -> Iterable[TopicPartition]:
        return [partition for partition in self._owned & self._progress.keys() if self._progress[partition].uncommitted]
