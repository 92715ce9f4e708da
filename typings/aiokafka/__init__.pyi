"""As much of aiokafka 0.14 as is used here; it brings no types of its own."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from ssl import SSLContext
from typing import Literal, TypedDict, Unpack

from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.coordinator.assignors.abstract import AbstractPartitionAssignor
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import ConsumerRecord, TopicPartition

class ClientArguments(TypedDict, total=False):
    bootstrap_servers: list[str]
    client_id: str
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
    ssl_context: SSLContext
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]
    sasl_plain_username: str
    sasl_plain_password: str
    metadata_max_age_ms: int
    retry_backoff_ms: int
    request_timeout_ms: int

class _Producer(ClientArguments, total=False):
    acks: Literal["all"]
    compression_type: Literal["lz4", "zstd", "snappy", "gzip"] | None
    enable_idempotence: bool
    max_batch_size: int
    transactional_id: str

class _Consumer(ClientArguments, total=False):
    group_id: str
    enable_auto_commit: bool
    auto_offset_reset: Literal["earliest", "latest"]
    session_timeout_ms: int
    heartbeat_interval_ms: int
    rebalance_timeout_ms: int
    max_poll_interval_ms: int
    partition_assignment_strategy: Sequence[type[AbstractPartitionAssignor]]

class _AIOKafkaClient:
    async def close(self) -> None: ...

class _Batch:
    future: asyncio.Future[object]
    _drain_waiter: asyncio.Future[object]

class _Accumulator:
    _batches: Mapping[TopicPartition, Iterable[_Batch]]
    _pending_batches: set[_Batch]
    def fail_all(self, exception: Exception) -> None: ...

class _Sender:
    sender_task: asyncio.Task[None] | None

class _Fetcher:
    async def close(self) -> None: ...

class AIOKafkaProducer:
    client: _AIOKafkaClient
    _closed: bool
    _sender: _Sender
    _message_accumulator: _Accumulator
    def __init__(self, **arguments: Unpack[_Producer]) -> None: ...
    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def partitions_for(self, topic: str) -> Collection[int]: ...
    async def send_and_wait(
        self,
        topic: str,
        value: bytes | None = None,
        key: bytes | None = None,
        partition: int | None = None,
        timestamp_ms: int | None = None,
        headers: Iterable[tuple[str, bytes | None]] | None = None,
    ) -> object: ...
    def create_batch(self) -> BatchBuilder: ...
    async def send_batch(self, batch: BatchBuilder, topic: str, *, partition: int) -> asyncio.Future[object]: ...
    async def begin_transaction(self) -> None: ...
    async def commit_transaction(self) -> None: ...
    async def abort_transaction(self) -> None: ...

class AIOKafkaConsumer:
    _client: _AIOKafkaClient
    _coordinator: object
    _fetcher: _Fetcher | None
    def __init__(self, **arguments: Unpack[_Consumer]) -> None: ...
    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    def subscribe(self, topics: list[str], *, listener: ConsumerRebalanceListener) -> None: ...
    def assign(self, partitions: list[TopicPartition]) -> None: ...
    def assignment(self) -> set[TopicPartition]: ...
    def seek(self, partition: TopicPartition, offset: int) -> None: ...
    async def committed(self, partition: TopicPartition) -> int | None: ...
    async def seek_to_beginning(self, *partitions: TopicPartition) -> bool: ...
    def highwater(self, partition: TopicPartition) -> int | None: ...
    async def position(self, partition: TopicPartition) -> int: ...
    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int, max_records: int
    ) -> Mapping[TopicPartition, list[ConsumerRecord]]: ...
    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None: ...
    async def beginning_offsets(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]: ...
    async def end_offsets(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]: ...
