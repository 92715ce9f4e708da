from collections.abc import Mapping, Sequence
from typing import Protocol, TypedDict, Unpack

from aiokafka import ClientArguments
from aiokafka.admin.config_resource import ConfigResource
from aiokafka.structs import OffsetAndMetadata, TopicPartition

class _Partition(TypedDict):
    partition: int

class _Topic(TypedDict):
    error_code: int
    topic: str
    partitions: list[_Partition]

class _Created(Protocol):
    topic_errors: Sequence[tuple[str, int, str]]

class _Configs(Protocol):
    resources: Sequence[tuple[int, str, int, str, Sequence[tuple[str, str, bool, int, bool, object]]]]

class _Altered(Protocol):
    resources: Sequence[tuple[int, str, int, str]]

class NewTopic:
    def __init__(
        self, name: str, num_partitions: int, replication_factor: int, *, topic_configs: Mapping[str, str] | None = None
    ) -> None: ...

class RecordsToDelete:
    def __init__(self, before_offset: int) -> None: ...

class AIOKafkaAdminClient:
    def __init__(self, **arguments: Unpack[ClientArguments]) -> None: ...
    async def start(self) -> None: ...
    async def close(self) -> None: ...
    async def describe_topics(self, topics: list[str]) -> list[_Topic]: ...
    async def create_topics(self, new_topics: list[NewTopic]) -> _Created: ...
    async def delete_topics(self, topics: list[str]) -> object: ...
    async def delete_records(self, records_to_delete: Mapping[TopicPartition, RecordsToDelete]) -> object: ...
    async def describe_configs(self, config_resources: list[ConfigResource]) -> list[_Configs]: ...
    async def alter_configs(self, config_resources: list[ConfigResource]) -> list[_Altered]: ...
    async def list_consumer_group_offsets(
        self, group_id: str, *, partitions: list[TopicPartition]
    ) -> dict[TopicPartition, OffsetAndMetadata]: ...
