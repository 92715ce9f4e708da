"""A member of a consumer group: joins, hands out messages, and commits the offsets of what is finished."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import suppress

from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import CommitFailedError, IllegalStateError
from aiokafka.structs import TopicPartition

from chassis.adapters.kafka.clients import Consumer
from chassis.adapters.kafka.cluster import Cluster
from chassis.adapters.kafka.connection import ClientArguments
from chassis.adapters.kafka.errors import kafka_timeout
from chassis.adapters.kafka.offset_tracker import OffsetTracker
from chassis.adapters.kafka.polling import Poller, Reader, StallDetector, partition_of
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.message_bus import ReceivedMessage

_JOIN_TIMEOUT_SECONDS = 30.0
_SESSION_TIMEOUT_MS = 6_000
_HEARTBEAT_INTERVAL_MS = 1_000
_REBALANCE_TIMEOUT_MS = 6_000
_REQUEST_TIMEOUT_MS = 9_000
_NO_POLL_LIMIT_MS = 2**31 - 1
_COMMIT_TIMEOUT_SECONDS = 12.0  # above the request timeout, so that the driver's own error is the one that is raised
_COMMIT_INTERVAL_SECONDS = 0.2
_POSITION_TIMEOUT_SECONDS = 30.0  # the driver has positions at once, or waits for them while it finds the coordinator
_REVOCATION_TIMEOUT_SECONDS = 1.0


class GroupMember(ConsumerRebalanceListener):
    """A `Subscription`. It joins the group when the first batch is requested.

    The driver's background tasks send heartbeats, so a member may work on a message for any time.
    """

    def __init__(self, arguments: ClientArguments, cluster: Cluster, topics: Sequence[str], group: str) -> None:
        self._arguments, self._cluster, self._topics, self._group = arguments, cluster, topics, group
        self._consumer: Consumer | None = None
        self._poller: Poller | None = None
        self._trackers: defaultdict[TopicPartition, OffsetTracker] = defaultdict(OffsetTracker)
        self._assigned: frozenset[TopicPartition] = frozenset()
        self._commit_lock = asyncio.Lock()
        self._committed_at = float("-inf")
        self._delayed_commit: asyncio.Task[None] | None = None
        self._finished = asyncio.Event()
        self._is_leaving = False

    async def batches(self) -> AsyncIterator[Sequence[ReceivedMessage]]:
        """Yield messages that are neither committed nor already handed out by this member; never ends."""
        if self._consumer is None:
            self._consumer = await _join(self._arguments, self._cluster, self._topics, self._group, self)
        self._poller = Poller(self._consumer, self._rewind)
        reader = Reader(self._poller, StallDetector(self._cluster, self._topics, self._consumer).check)
        while True:
            messages = await reader.read()
            batch = [message for message in messages if self._trackers[partition_of(message)].hand_out(message.offset)]
            if not messages:
                await self._skip_offsets_without_message(self._consumer)
            if len(batch) < len(messages) or not messages:
                await self._commit()
            if batch:
                yield batch

    async def acknowledge(self, messages: Sequence[ReceivedMessage]) -> None:
        """Mark messages as finished. Offsets of partitions that were revoked meanwhile are not committed.

        Commits happen at most five times a second, each for all messages finished until then.
        """
        for message in messages:
            self._trackers[partition_of(message)].finish(message.offset)
        self._finished.set()
        if asyncio.get_running_loop().time() - self._committed_at >= _COMMIT_INTERVAL_SECONDS:
            await self._commit()
        elif self._delayed_commit is None or self._delayed_commit.done():
            self._delayed_commit = asyncio.ensure_future(self._commit_later())

    async def leave(self) -> None:
        """Commit and leave the group: the other members take over at once."""
        await self._commit_before_revocation()
        if self._delayed_commit is not None:
            self._delayed_commit.cancel()
        self._is_leaving, self._assigned = True, frozenset()
        self._finished.set()
        if self._consumer is not None:
            await self._consumer.end()

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Wait briefly for unfinished messages and commit, so that the next owner does not repeat them."""
        await self._commit_before_revocation(self._all_finished)
        self._assigned = frozenset()
        for tracker in self._trackers.values():
            tracker.revoke()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Take over partitions, at their committed offsets."""
        self._assigned = frozenset(assigned)

    async def _rewind(self) -> None:
        if self._consumer is not None:
            for partition in self._assigned:
                offset = self._trackers[partition].next_read
                if offset is None:
                    offset = await self._consumer.committed(partition)
                if offset is None:
                    await self._consumer.seek_to_beginning(partition)
                else:
                    self._consumer.seek(partition, offset)

    async def _all_finished(self) -> None:
        while not self._is_leaving and any(self._trackers[partition].has_unfinished for partition in self._assigned):
            self._finished.clear()
            await self._finished.wait()

    async def _skip_offsets_without_message(self, consumer: Consumer) -> None:
        async with kafka_timeout(_POSITION_TIMEOUT_SECONDS):
            for partition in self._assigned:
                with suppress(IllegalStateError):
                    position = await consumer.position(partition)
                    self._trackers[partition].skip_to(position)

    async def _commit_before_revocation(self, prepare: Callable[[], Awaitable[None]] | None = None) -> None:
        with suppress(TimeoutError, StoreUnavailable):
            async with asyncio.timeout(_REVOCATION_TIMEOUT_SECONDS):
                if prepare is not None:
                    await prepare()
                await self._commit()

    async def _commit_later(self) -> None:
        await asyncio.sleep(_COMMIT_INTERVAL_SECONDS)
        with suppress(StoreUnavailable):  # the next acknowledge or read raises it
            await self._commit()

    async def _commit(self) -> None:
        """Commit the offsets of finished messages; concurrent calls share the next round trip.

        During a rebalance Kafka refuses a commit. That is no error: the next owner starts at the committed offset.
        """
        if self._consumer is None:
            return
        async with kafka_timeout(_COMMIT_TIMEOUT_SECONDS), self._commit_lock:
            self._committed_at = asyncio.get_running_loop().time()
            with suppress(CommitFailedError, IllegalStateError):
                await self._find_start_offsets(self._consumer)
                offsets = {partition: self._trackers[partition].committable for partition in self._uncommitted()}
                if offsets:
                    await self._consumer.commit(offsets)
                for partition, offset in offsets.items():
                    self._trackers[partition].committed = offset

    async def _find_start_offsets(self, consumer: Consumer) -> None:
        """Record the positions of partitions that were assigned again and not read yet."""
        if self._poller and self._poller.needs_rewind:
            return
        for partition in self._assigned & self._trackers.keys():
            if not self._trackers[partition].has_start:
                position = await consumer.position(partition)
                self._trackers[partition].skip_to(position)

    def _uncommitted(self) -> Iterable[TopicPartition]:
        partitions = self._assigned & self._trackers.keys()
        return [partition for partition in partitions if self._trackers[partition].needs_commit]


async def _join(
    arguments: ClientArguments,
    cluster: Cluster,
    topics: Sequence[str],
    group: str,
    listener: ConsumerRebalanceListener,
) -> Consumer:
    """Join a group, at its committed offsets or at the beginning. Raises `StoreUnavailable`.

    A dead member is removed after the session timeout. A busy one is not: heartbeats and rejoining are tasks of the
    driver, and `max.poll.interval.ms` is unlimited. `Consumer.stuck` of chassis.messaging detects work that hangs.
    """
    await cluster.partitions(topics)
    consumer = Consumer(
        **arguments,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=_SESSION_TIMEOUT_MS,
        heartbeat_interval_ms=_HEARTBEAT_INTERVAL_MS,
        rebalance_timeout_ms=_REBALANCE_TIMEOUT_MS,
        request_timeout_ms=_REQUEST_TIMEOUT_MS,
        max_poll_interval_ms=_NO_POLL_LIMIT_MS,
        partition_assignment_strategy=(_sticky_assignor(),),
    )
    consumer.subscribe(topics=list(topics), listener=listener)
    try:
        async with kafka_timeout(_JOIN_TIMEOUT_SECONDS):
            await consumer.start()
    except BaseException:
        await consumer.end()
        raise
    return consumer


def _sticky_assignor() -> type[StickyPartitionAssignor]:
    """Return a sticky assignor: a rebalance moves as few partitions as possible.

    The driver keeps a member's assignment on the class, so each member of a process needs a class of its own.
    """
    return type("Sticky", (StickyPartitionAssignor,), {})
