"""A store of another version, or another server in its place: the process names the setting and is not alive."""

from pathlib import Path

import pytest

from tests.faults.refusals import assert_refused
from tests.servers.mongodb import MongodbServer
from tests.servers.other_versions import event_store_without_streams, http_without_s3, kafka_of_the_future, old_mongodb
from tests.servers.shared import SharedServers


async def test_a_version_of_mongodb_that_the_driver_does_not_support_is_named(
    shared_servers: SharedServers, tmp_path: Path
) -> None:
    async with old_mongodb(shared_servers.endpoint(MongodbServer)) as uri:
        await assert_refused(tmp_path, "MONGODB_URI", MONGODB_URI=uri)


async def test_an_event_store_without_the_methods_of_streams_is_named(tmp_path: Path) -> None:
    async with event_store_without_streams() as uri:
        await assert_refused(tmp_path, "EVENTSTOREDB_URI", EVENTSTOREDB_URI=uri)


async def test_a_version_of_kafka_that_the_driver_does_not_support_is_named(tmp_path: Path) -> None:
    async with kafka_of_the_future() as address:
        await assert_refused(tmp_path, "KAFKA_BOOTSTRAP", KAFKA_BOOTSTRAP=address)


@pytest.mark.parametrize("status", ["200 OK", "404 Not Found"])
async def test_a_web_server_that_is_no_s3_is_named(status: str, tmp_path: Path) -> None:
    async with http_without_s3(status) as url:
        await assert_refused(tmp_path, "S3_ENDPOINT", S3_ENDPOINT=url)
