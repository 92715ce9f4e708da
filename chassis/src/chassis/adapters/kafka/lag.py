"""How far a group is behind."""

from collections.abc import Sequence

from aiokafka.structs import TopicPartition

from chassis.adapters.kafka.cluster import Cluster, Offsets
from chassis.ports.message_bus import Lag


async def lag(cluster: Cluster, topics: Sequence[str], group: str) -> Sequence[Lag]:
    """Return one `Lag` a topic, summed over its partitions.

    It counts offsets: a compacted topic's holes count too, until the group has passed them. The group's places are
    asked before the ends, so that nothing behind is never an answer too early.
    """
    partitions = await cluster.partitions(topics)
    places = await cluster.places(group, partitions)
    beginnings, ends = await cluster.bounds(partitions)
    return [
        Lag(
            topic,
            sum(_behind(partition, places, beginnings, ends) for partition in partitions if partition.topic == topic),
            sum(place for partition, place in places.items() if partition.topic == topic),
        )
        for topic in topics
    ]


def _behind(partition: TopicPartition, places: Offsets, beginnings: Offsets, ends: Offsets) -> int:
    place = max(places.get(partition, 0), beginnings[partition])
    return max(0, ends[partition] - place)
