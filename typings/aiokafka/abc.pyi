from abc import ABC, abstractmethod
from collections.abc import Awaitable, Set

from aiokafka.structs import TopicPartition

class ConsumerRebalanceListener(ABC):
    @abstractmethod
    def on_partitions_revoked(self, revoked: Set[TopicPartition]) -> Awaitable[None]: ...
    @abstractmethod
    def on_partitions_assigned(self, assigned: Set[TopicPartition]) -> Awaitable[None]: ...
