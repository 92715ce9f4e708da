"""How a process becomes a member of a group."""

from collections.abc import Sequence

from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor

from chassis.adapters.kafka.clients import Consumer
from chassis.adapters.kafka.cluster import Cluster
from chassis.adapters.kafka.connection import ClientArguments
from chassis.adapters.kafka.errors import asking_kafka

_JOIN_SECONDS = 30.0
_SESSION_MS = 6_000
_HEARTBEAT_MS = 1_000
_REJOIN_MS = 6_000
_REQUEST_MS = 9_000
_NEVER_MS = 2**31 - 1


async def joined(
    arguments: ClientArguments,
    cluster: Cluster,
    topics: Sequence[str],
    group: str,
    listener: ConsumerRebalanceListener,
) -> Consumer:
    """Join a group, at its committed places or at the beginning. Raises `StoreUnavailable`.

    A member that dies is missed after the session's timeout. One that works long is not: heartbeats and rejoining are
    the driver's own tasks, and the longest time between two polls is switched off. Whether work moves is asked
    elsewhere (`Consumer.stuck`).
    """
    await cluster.partitions(topics)
    consumer = Consumer(
        **arguments,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=_SESSION_MS,
        heartbeat_interval_ms=_HEARTBEAT_MS,
        rebalance_timeout_ms=_REJOIN_MS,
        request_timeout_ms=_REQUEST_MS,
        max_poll_interval_ms=_NEVER_MS,
        partition_assignment_strategy=(_sticky(),),
    )
    consumer.subscribe(topics=list(topics), listener=listener)
    try:
        async with asking_kafka(_JOIN_SECONDS):
            await consumer.start()
    except BaseException:
        await consumer.end()
        raise
    return consumer


def _sticky() -> type[StickyPartitionAssignor]:
    """Keep partitions where they are, so that work in progress is not begun again elsewhere.

    The driver keeps a member's partitions on the class: members of one process must not share it.
    """
    return type("Sticky", (StickyPartitionAssignor,), {})
