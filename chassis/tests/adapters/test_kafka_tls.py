"""A live broker with TLS."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from california_gold_contracts.topics import Topic
from chassis.adapters.kafka.connection import KafkaConnection
from chassis.adapters.kafka.message_bus import kafka_message_bus
from chassis.adapters.kafka.topics import apply
from chassis.ports.event_store import StoreRefused
from chassis.ports.message_bus import Message
from testkit.conformance.samples import first
from tests.servers.certificates import self_signed_certificate
from tests.servers.ports import free_port
from tests.servers.shared import required
from tests.servers.tls import TlsKafkaServer

TOPIC = Topic("tests.letters", "tests", "key", partitions=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[TlsKafkaServer]:
    required(TlsKafkaServer)
    server = TlsKafkaServer(folder / "kafka", free_port(), self_signed_certificate(folder))
    server.start()
    yield server
    server.kill()


async def test_messages_pass_through_a_broker_with_tls(server: TlsKafkaServer, folder: Path) -> None:
    connection = KafkaConnection(server.endpoint, "SSL", ca_file=folder / "ca.pem")
    await apply(connection, [TOPIC], 1)
    async with kafka_message_bus(connection) as bus:
        await bus.publish([Message(TOPIC.name, "key", b"a")])
        assert [message.value for message in await first(bus.follow([TOPIC.name], from_start=True), 1)] == [b"a"]


@pytest.mark.parametrize(
    ("protocol", "setting"), [("PLAINTEXT", "KAFKA_SECURITY_PROTOCOL: Kafka speaks TLS"), ("SSL", "KAFKA_CA_FILE")]
)
async def test_a_broker_with_tls_refuses_a_client_without_it_or_without_its_authority(
    server: TlsKafkaServer, protocol: str, setting: str
) -> None:
    connection = KafkaConnection(server.endpoint, "SSL" if protocol == "SSL" else "PLAINTEXT")
    async with kafka_message_bus(connection) as bus:
        with pytest.raises(StoreRefused, match=setting):
            await bus.lag([TOPIC.name], "workers")
