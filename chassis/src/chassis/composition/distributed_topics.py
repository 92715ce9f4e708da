"""The topics of the distributed form, as the contracts declare them."""

from collections.abc import Sequence

from california_gold_contracts.topics import TOPICS
from chassis.adapters.kafka.topics import apply
from chassis.composition.distributed import kafka_connection
from chassis.composition.distributed_settings import DistributedSettings


async def apply_topics(settings: DistributedSettings) -> Sequence[str]:
    """Make what is missing, change what differs; return a line for each thing done. Raises `StoreUnavailable`."""
    return await apply(kafka_connection(settings), TOPICS, settings.kafka_replication)
