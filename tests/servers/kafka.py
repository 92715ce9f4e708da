"""A Kafka broker in KRaft mode: one node that is broker and controller."""

import socket
import subprocess
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from pathlib import Path
from struct import pack, unpack
from uuid import uuid4

from tests.servers import cache
from tests.servers.ports import free_port
from tests.servers.server_process import ServerProcess

_PROPERTIES = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{advertised}
controller.listener.names=CONTROLLER
log.dirs={folder}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
log.cleaner.dedupe.buffer.size=8388608
"""
_FIND_COORDINATOR = pack(">hhihh5s", 10, 0, 1, -1, 5, b"ready")
"""A request FindCoordinator, version 0: correlation id 1, no client id, the group `ready`."""
_JVM = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


class KafkaServer(ServerProcess):
    """A Kafka broker that does not create topics automatically."""

    name = "Kafka"

    def __init__(self, folder: Path, port: int, owner: int | None = None) -> None:
        super().__init__(folder, port, owner)
        self._controller_port = free_port()
        self.advertised_port = port
        """The port that the broker advertises to clients: another one if a proxy is in front of it."""

    @staticmethod
    def missing() -> str | None:
        """Return why it can't be started, or None."""
        return None if cache.kafka_libraries().exists() else "Kafka is not installed (make servers)"

    def is_ready(self) -> bool:
        """Return whether it serves consumer groups: it listens earlier, and then creates the topic of their offsets."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(pack(">i", len(_FIND_COORDINATOR)) + _FIND_COORDINATOR)
                answer = connection.recv(10, socket.MSG_WAITALL)
        except OSError:
            return False
        return len(answer) == 10 and unpack(">iih", answer)[2] == 0

    def command(self) -> Sequence[str]:
        """Return the command line."""
        return self._java("-Xmx512m", "kafka.Kafka", str(self._properties))

    def configure(self) -> None:
        """Write the broker's properties."""
        text = _PROPERTIES.format(
            port=self.port, advertised=self.advertised_port, controller=self._controller_port, folder=self.folder
        )
        self._properties.write_text(text, encoding="utf-8")

    def prepare(self) -> None:
        """Format the storage."""
        # The first byte is zero, so that the base64 text does not start with a hyphen, like an option.
        cluster = urlsafe_b64encode(b"\0" + uuid4().bytes[1:]).decode().rstrip("=")
        command = self._java("-Xmx128m", "kafka.tools.StorageTool", "format", "-t", cluster, "-c", self._properties)
        subprocess.run(command, check=True, capture_output=True)

    def _java(self, *arguments: object) -> Sequence[str]:
        return ["java", *_JVM, "-cp", f"{cache.kafka_libraries()}/*", *map(str, arguments)]

    @property
    def _properties(self) -> Path:
        return self.folder / "server.properties"
