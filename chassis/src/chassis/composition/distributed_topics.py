"""The Kafka topics of the distributed deployment mode, as declared by the contracts."""

from collections.abc import Sequence

from california_gold_contracts.topics import TOPICS
from chassis.adapters.kafka.topics import apply
from chassis.composition.distributed import kafka_connection
from chassis.composition.distributed_settings import KafkaSettings


async def apply_topics(settings: KafkaSettings) -> Sequence[str]:
    """Create missing topics and update differing ones; return one line per change. Raises `StoreUnavailable`."""
    return await apply(kafka_connection(settings), TOPICS, settings.kafka_replication)
