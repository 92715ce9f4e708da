"""A store that refuses a process: it names the setting, and is not alive after a while. An outage is different."""

import asyncio
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import grpc
import pytest

from eventstoredb_test_server.server import running_server
from testkit.eventually import eventually
from tests.faults.refusals import SECRET, assert_refused, started, status
from tests.servers.certificates import self_signed_certificate
from tests.servers.guarded import (
    GuardedKafkaServer,
    GuardedMongodbServer,
    GuardedStreams,
    RegionalMinioServer,
    tls_server,
)
from tests.servers.minio import ACCESS_KEY, SECRET_KEY, MinioServer
from tests.servers.ports import free_port
from tests.servers.server_process import ServerProcess
from tests.servers.shared import SharedServers, required
from tests.servers.tls import TlsKafkaServer, TlsMinioServer


@contextmanager
def running(server: ServerProcess) -> Generator[None]:
    with ExitStack() as stack:
        stack.callback(server.kill)
        server.start()
        yield


async def test_wrong_keys_of_s3_are_named(shared_servers: SharedServers, tmp_path: Path) -> None:
    settings = {"S3_ENDPOINT": shared_servers.endpoint(MinioServer)}
    await assert_refused(tmp_path / "process", "S3_ACCESS_KEY", "S3_SECRET_KEY", **settings)


async def test_another_region_of_s3_is_named(tmp_path: Path) -> None:
    required(MinioServer)
    server = RegionalMinioServer(tmp_path / "minio", free_port())
    keys = {"S3_ACCESS_KEY": ACCESS_KEY, "S3_SECRET_KEY": SECRET_KEY}
    with running(server):
        await assert_refused(tmp_path / "process", "S3_REGION", S3_ENDPOINT=server.endpoint, **keys)


async def test_a_wrong_user_of_mongodb_is_named(tmp_path: Path) -> None:
    required(GuardedMongodbServer)
    server = GuardedMongodbServer(tmp_path / "mongodb", free_port())
    with running(server):
        uri = server.endpoint.replace("//", f"//user:{SECRET}@")
        await assert_refused(tmp_path / "process", "MONGODB_URI", MONGODB_URI=uri)


async def test_a_wrong_user_of_kafka_is_named(tmp_path: Path) -> None:
    required(GuardedKafkaServer)
    server = GuardedKafkaServer(tmp_path / "kafka", free_port())
    settings = _sasl(server, "PLAIN")
    with running(server):
        await assert_refused(tmp_path / "process", "KAFKA_USERNAME", "KAFKA_PASSWORD", **settings)


async def test_a_sasl_mechanism_that_kafka_does_not_offer_is_named(tmp_path: Path) -> None:
    required(GuardedKafkaServer)
    server = GuardedKafkaServer(tmp_path / "kafka", free_port())
    settings = _sasl(server, "SCRAM-SHA-512")
    with running(server):
        await assert_refused(tmp_path / "process", "KAFKA_SASL_MECHANISM", **settings)


async def test_a_wrong_user_of_the_event_store_is_named(tmp_path: Path) -> None:
    port, files = free_port(), self_signed_certificate(tmp_path)
    credentials = grpc.ssl_server_credentials([(files.key.read_bytes(), files.certificate.read_bytes())])
    uri = f"esdb://user:{SECRET}@127.0.0.1:{port}?tlsCaFile={files.certificate}"
    async with running_server(port, tmp_path / "events.db", GuardedStreams, credentials):
        await assert_refused(tmp_path / "process", "EVENTSTOREDB_URI", EVENTSTOREDB_URI=uri)


async def test_a_certificate_authority_that_does_not_fit_is_named(tmp_path: Path) -> None:
    async with tls_server(self_signed_certificate(tmp_path)) as port:
        settings = {
            "EVENTSTOREDB_URI": f"esdb://user:{SECRET}@127.0.0.1:{port}",
            "KAFKA_BOOTSTRAP": f"127.0.0.1:{port}",
            "KAFKA_SECURITY_PROTOCOL": "SSL",
            "MONGODB_URI": f"mongodb://127.0.0.1:{port}/?tls=true&directConnection=true",
            "S3_ENDPOINT": f"https://127.0.0.1:{port}",
        }
        names = ("EVENTSTOREDB_URI", "KAFKA_CA_FILE", "MONGODB_URI", "S3_ENDPOINT")
        await assert_refused(tmp_path / "process", *names, **settings)


async def test_kafka_and_s3_with_tls_that_are_addressed_without_it_are_named(tmp_path: Path) -> None:
    certificate = self_signed_certificate(tmp_path)
    required(TlsKafkaServer)
    required(TlsMinioServer)
    kafka = TlsKafkaServer(tmp_path / "kafka", free_port(), certificate)
    minio = TlsMinioServer(tmp_path / "minio", free_port(), certificate)
    with running(kafka), running(minio):
        settings = {"KAFKA_BOOTSTRAP": kafka.endpoint, "S3_ENDPOINT": minio.endpoint}
        await assert_refused(tmp_path / "process", "KAFKA_SECURITY_PROTOCOL", "S3_ENDPOINT", **settings)


async def test_unreachable_stores_do_not_end_a_process(shared_servers: SharedServers, tmp_path: Path) -> None:
    refusing = {"S3_ENDPOINT": shared_servers.endpoint(MinioServer)}
    async with started(tmp_path / "unreachable") as waiting, started(tmp_path / "refused", **refusing) as refused:

        async def refused_is_dead() -> bool:
            return (await status(refused, "/live"))[0] == 503

        await eventually(refused_is_dead, within=60)  # it started later, and has the same patience
        live, ready = await status(waiting, "/live"), await status(waiting, "/ready")
        log = waiting.log_file.read_text()
    assert (live[0], ready[0]) == (200, 503)
    assert "store_refused" not in log


async def test_a_work_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    await assert_refused(tmp_path / "process", "WORK_DIR", module="analyzer", WORK_DIR=str(tmp_path / "file" / "work"))


@pytest.mark.parametrize("name", ["EVENTSTOREDB_URI", "KAFKA_CA_FILE", "MONGODB_URI"])
async def test_a_missing_file_ends_the_process_at_the_start(name: str, tmp_path: Path) -> None:
    missing = tmp_path / "missing.pem"
    settings = {
        "EVENTSTOREDB_URI": f"esdb://user:{SECRET}@127.0.0.1:1?tlsCaFile={missing}",
        "KAFKA_CA_FILE": str(missing),
        "MONGODB_URI": f"mongodb://127.0.0.1:1/?tls=true&tlsCAFile={missing}",
    }
    protocol = {"KAFKA_SECURITY_PROTOCOL": "SSL"} if name == "KAFKA_CA_FILE" else {}
    async with started(tmp_path / "process", **protocol, **{name: settings[name]}) as process:
        code = await asyncio.to_thread(process.wait_for_exit)
        log = process.log_file.read_text()
    assert code == 1
    assert f"storage: CALIFORNIA_GOLD_{name.partition('_CA')[0]}" in log
    assert len(log.splitlines()) == 1
    assert SECRET not in log


def _sasl(server: GuardedKafkaServer, mechanism: str) -> dict[str, str]:
    return {
        "KAFKA_BOOTSTRAP": server.endpoint,
        "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
        "KAFKA_SASL_MECHANISM": mechanism,
        "KAFKA_USERNAME": "user",
        "KAFKA_PASSWORD": SECRET,
    }
