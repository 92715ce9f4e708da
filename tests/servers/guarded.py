"""Servers that demand a user, keys, a region or TLS, for tests of refused processes."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager

import grpc

from eventstoredb_test_server.protocol import Context, ReadReq, ReadResp
from eventstoredb_test_server.streams_service import StreamsService
from tests.servers.certificates import Certificate
from tests.servers.kafka import KafkaServer
from tests.servers.minio import MinioServer
from tests.servers.mongodb import MongodbServer
from tests.servers.server_process import ServerProcess

_SASL = """
listener.security.protocol.map=PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT
sasl.enabled.mechanisms=PLAIN
sasl.mechanism.inter.broker.protocol=PLAIN
listener.name.plaintext.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \\
  username="broker" password="only-for-tests" user_broker="only-for-tests";
"""


class GuardedKafkaServer(KafkaServer):
    """A broker with SASL PLAIN, which knows no user of ours."""

    name = "Kafka with users"

    def configure(self) -> None:
        """Write the broker's properties."""
        super().configure()
        with self._properties.open("a", encoding="utf-8") as file:
            file.write(_SASL)

    def is_ready(self) -> bool:
        """Return whether it listens: it answers no request without a user."""
        return ServerProcess.is_ready(self)


class GuardedMongodbServer(MongodbServer):
    """A server that demands authentication, and knows no user."""

    name = "MongoDB with users"

    def command(self) -> Sequence[str]:
        """Return the command line."""
        return [*super().command(), "--auth"]


class RegionalMinioServer(MinioServer):
    """A server that accepts requests signed for its region only."""

    name = "MinIO of a region"

    def environment(self) -> Mapping[str, str]:
        """Return the credentials and the region."""
        return {**super().environment(), "MINIO_REGION": "eu-central-1"}


class GuardedStreams(StreamsService):
    """The event store's streams, of which no user may read any."""

    async def Read(self, request: ReadReq, context: Context) -> AsyncGenerator[ReadResp]:  # noqa: N802
        """Refuse the user."""
        await context.abort(grpc.StatusCode.UNAUTHENTICATED, "")
        yield ReadResp()


@asynccontextmanager
async def tls_server(certificate: Certificate) -> AsyncGenerator[int]:
    """Yield the port of a server that speaks TLS and nothing else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)

    async def ignore(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(ignore, "127.0.0.1", 0, ssl=context) as server:
        yield server.sockets[0].getsockname()[1]
