"""The four servers that the distributed mode needs, and the settings for them."""

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

_WITHOUT_KEYS = {"jobs-query-statistics", "notifier"}
SERVER_TYPES = (EventStoreDbServer, KafkaServer, MongodbServer, MinioServer)


@dataclass(frozen=True)
class InfrastructureServers:
    """An event store, Kafka, MongoDB and MinIO, each with its own port and folder."""

    event_store: EventStoreDbServer
    kafka: KafkaServer
    mongodb: MongodbServer
    minio: MinioServer

    @classmethod
    def in_folder(cls, folder: Path) -> "InfrastructureServers":
        """Return servers, not started yet, that keep their data in a folder."""
        return cls(
            EventStoreDbServer(folder / "eventstoredb", free_port()),
            KafkaServer(folder / "kafka", free_port()),
            MongodbServer(folder / "mongodb", free_port()),
            MinioServer(folder / "minio", free_port()),
        )

    @property
    def all(self) -> tuple[ServerProcess, ...]:
        """All four servers, in the order in which they are started."""
        return self.event_store, self.kafka, self.mongodb, self.minio

    def settings(self) -> Mapping[str, str]:
        """Return the environment variables of a process that uses them."""
        return {
            "CALIFORNIA_GOLD_EVENTSTOREDB_URI": self.event_store.endpoint,
            "CALIFORNIA_GOLD_KAFKA_BOOTSTRAP": self.kafka.endpoint,
            "CALIFORNIA_GOLD_MONGODB_URI": self.mongodb.endpoint,
            "CALIFORNIA_GOLD_MONGODB_KEYS_URI": self.mongodb.endpoint,
            "CALIFORNIA_GOLD_S3_ENDPOINT": self.minio.endpoint,
            "CALIFORNIA_GOLD_S3_ACCESS_KEY": minio.ACCESS_KEY,
            "CALIFORNIA_GOLD_S3_SECRET_KEY": minio.SECRET_KEY,
        }

    def settings_of(self, service: str) -> Mapping[str, str]:
        """Return the environment variables of a process of one service; `jobs-query-statistics` is one of its own."""
        withheld = {"CALIFORNIA_GOLD_MONGODB_KEYS_URI"} if service in _WITHOUT_KEYS else set[str]()
        return {name: value for name, value in self.settings().items() if name not in withheld}

    def start(self) -> None:
        """Start all servers."""
        for server in self.all:
            server.start()

    def apply_topics(self, environment: Mapping[str, str] | None = None) -> None:
        """Create the topics with the CLI; `environment` replaces `settings()`."""
        run_california_gold(environment or self.settings(), "topics", "apply")

    def stop(self) -> None:
        """Stop all servers with SIGTERM."""
        for server in reversed(self.all):
            server.stop()


def run_california_gold(environment: Mapping[str, str], *arguments: str) -> None:
    """Run a command of `california-gold` with these settings. `CalledProcessError` if it fails."""
    command = [str(Path(sys.executable).with_name("california-gold")), *arguments]
    subprocess.run(command, env={**os.environ, **environment}, check=True, capture_output=True)
