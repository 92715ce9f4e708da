"""Rate limit counters in MongoDB: one round trip per request, shared by all replicas."""

import asyncio
from collections.abc import AsyncGenerator
from typing import get_args

import pytest
import pytest_asyncio

from chassis.adapters.mongo.database import MongoDatabase, MongoDriver, mongo_database
from chassis.adapters.mongo.rate_limits import MongoWindowStorage
from testkit.eventually import eventually
from tests.servers.mongodb_commands import commands_of_new_clients

pytestmark = pytest.mark.parametrize("mongodb_driver", get_args(MongoDriver))


@pytest_asyncio.fixture
async def replicas(
    mongodb_uri: str, mongo: MongoDatabase, mongodb_driver: MongoDriver
) -> AsyncGenerator[list[MongoWindowStorage]]:
    """Two replicas, each with its own client."""
    async with mongo_database(mongodb_uri, mongo.name, mongodb_driver) as other:
        yield [MongoWindowStorage(mongo), MongoWindowStorage(other)]


async def test_replicas_share_a_counter_and_the_end_of_its_window(replicas: list[MongoWindowStorage]) -> None:
    first = await replicas[0].incr("user:7", 60)
    counts = await asyncio.gather(*(replica.incr("user:7", 60) for replica in replicas * 5))
    assert sorted([first, *counts]) == list(range(1, 12))
    ends = {await replica.get_expiry("user:7") for replica in replicas}
    assert len(ends) == 1


async def test_concurrent_first_requests_are_each_counted_once(replicas: list[MongoWindowStorage]) -> None:
    counts = await asyncio.gather(*(replica.incr("user:7", 60) for replica in replicas * 5))
    assert max(counts) == await replicas[0].get("user:7") == 10


async def test_concurrent_first_reads_find_nothing(replicas: list[MongoWindowStorage]) -> None:
    assert await asyncio.gather(*(replica.get("user:7") for replica in replicas * 10)) == [0] * 20


async def test_what_was_counted_can_be_subtracted(replicas: list[MongoWindowStorage]) -> None:
    replica, other = replicas
    assert [await replica.incr("user:7", 60), await other.incr("user:7", 60, -1), await replica.get("user:7")] == [
        1,
        0,
        0,
    ]


async def test_every_caller_has_its_own_counter(replicas: list[MongoWindowStorage]) -> None:
    replica, other = replicas
    assert [await replica.incr("user:7", 60), await other.incr("user:8", 60), await replica.incr("user:7", 60)] == [
        1,
        1,
        2,
    ]
    await other.clear("user:7")
    assert [await replica.get("user:7"), await replica.get("user:8"), await replica.get("user:9")] == [0, 1, 0]
    assert await replica.reset() == 3


async def test_a_new_window_begins_after_the_last_one_ended(replicas: list[MongoWindowStorage]) -> None:
    replica, other = replicas
    assert [await replica.incr("user:7", 1), await other.incr("user:7", 1, amount=2)] == [1, 3]
    before = await replica.get_expiry("user:7")

    async def is_over() -> bool:
        return await other.get("user:7") == 0

    await eventually(is_over)
    assert await replica.incr("user:7", 60) == 1
    assert await replica.get_expiry("user:7") > before + 30


async def test_a_window_of_a_clock_that_was_set_back_is_over(
    replicas: list[MongoWindowStorage], mongo: MongoDatabase
) -> None:
    replica, other = replicas
    await replica.incr("user:7", 60, amount=100)
    begun = await replica.get_expiry("user:7") - 60
    hour = {"$add": ["$starts", 3_600_000]}
    later = {"$set": {"starts": hour, "ends": {"$add": ["$ends", 3_600_000]}}}
    await mongo.get_collection("rate-limits").update_one({"_id": "user:7"}, [later])
    assert [await other.get("user:7"), await replica.incr("user:7", 60), await other.incr("user:7", 60)] == [0, 1, 2]
    assert begun <= await replica.get_expiry("user:7") - 60 < begun + 3_600


async def test_a_window_of_an_earlier_release_is_continued(
    replicas: list[MongoWindowStorage], mongo: MongoDatabase
) -> None:
    await replicas[0].incr("user:7", 60)
    await mongo.get_collection("rate-limits").update_one({"_id": "user:7"}, {"$unset": {"starts": ""}})
    assert await replicas[1].incr("user:7", 60) == 2


async def test_a_request_is_counted_in_one_round_trip(
    mongodb_uri: str, mongo: MongoDatabase, mongodb_driver: MongoDriver
) -> None:
    with commands_of_new_clients() as commands:
        async with mongo_database(mongodb_uri, mongo.name, mongodb_driver) as database:
            storage = MongoWindowStorage(database)
            await storage.incr("user:7", 60)

            async def is_prepared() -> bool:
                return "createIndexes" in commands.names

            await eventually(is_prepared)
            commands.sent.clear()
            await storage.incr("user:7", 60)
            await storage.get_expiry("user:7")
            assert commands.names == ["findAndModify"]
