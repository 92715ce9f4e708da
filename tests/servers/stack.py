"""The four servers that the product runs on, together, and the settings that lead to them."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.servers import minio
from tests.servers.eventstoredb import EventStoreDbServer
from tests.servers.kafka import KafkaServer
from tests.servers.minio import MinioServer
from tests.servers.mongodb import MongodbServer
from tests.servers.ports import free_port
from tests.servers.server_process import ServerProcess

KINDS = (EventStoreDbServer, KafkaServer, MongodbServer, MinioServer)


@dataclass(frozen=True)
class Stack:
    """One of each, each on a port and in a folder of its own."""

    event_store: EventStoreDbServer
    kafka: KafkaServer
    mongodb: MongodbServer
    minio: MinioServer

    @classmethod
    def in_folder(cls, folder: Path) -> "Stack":
        """Return a stack that keeps everything in a folder."""
        return cls(
            EventStoreDbServer(folder / "eventstoredb", free_port()),
            KafkaServer(folder / "kafka", free_port()),
            MongodbServer(folder / "mongodb", free_port()),
            MinioServer(folder / "minio", free_port()),
        )

    @property
    def servers(self) -> tuple[ServerProcess, ...]:
        """All of them."""
        return self.event_store, self.kafka, self.mongodb, self.minio

    def settings(self) -> Mapping[str, str]:
        """Return the environment of a process that uses them."""
        return {
            "CALIFORNIA_GOLD_EVENTSTOREDB_URI": self.event_store.endpoint,
            "CALIFORNIA_GOLD_KAFKA_BOOTSTRAP": self.kafka.endpoint,
            "CALIFORNIA_GOLD_MONGODB_URI": self.mongodb.endpoint,
            "CALIFORNIA_GOLD_S3_ENDPOINT": self.minio.endpoint,
            "CALIFORNIA_GOLD_S3_ACCESS_KEY": minio.ACCESS_KEY,
            "CALIFORNIA_GOLD_S3_SECRET_KEY": minio.SECRET_KEY,
        }

    def start(self) -> None:
        """Start all."""
        for server in self.servers:
            server.start()

    def apply_topics(self, told: Mapping[str, str] | None = None) -> None:
        """Make the topics, as an operator does; `told` are other settings than the stack's own."""
        command = [str(Path(sys.executable).with_name("california-gold")), "topics", "apply"]
        subprocess.run(command, env={**os.environ, **(told or self.settings())}, check=True, capture_output=True)

    def stop(self) -> None:
        """End all, as an operator does."""
        for server in reversed(self.servers):
            server.stop()
