"""Replicas share the rate limits in MongoDB; without MongoDB each process counts."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import httpx
import pytest_asyncio

from chassis.adapters.memory.fallback_storage import FallbackStorage
from chassis.adapters.memory.window_storage import WindowStorage
from chassis.adapters.mongo.database import mongo_database
from chassis.adapters.mongo.rate_limits import MongoWindowStorage
from chassis.ports.infrastructure import Infrastructure
from testkit.conformance.samples import unique
from testkit.signing import Signing
from tests.servers.ports import free_port

OpenApi = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]
LIMITS = {"rate_limits": "on", "requests_per_minute": 4, "uploads_per_minute": 1}


@pytest_asyncio.fixture
async def replicas(
    open_api: OpenApi, infrastructure: Infrastructure, mongodb_uri: str
) -> AsyncGenerator[list[httpx.AsyncClient]]:
    name = unique("tests-")
    async with mongo_database(mongodb_uri, name) as one, mongo_database(mongodb_uri, name) as other:
        replicas_of = [replace(infrastructure, rate_limits=MongoWindowStorage(database)) for database in (one, other)]
        async with open_api(on=replicas_of[0], **LIMITS) as first, open_api(on=replicas_of[1], **LIMITS) as second:
            yield [first, second]


async def test_a_limit_is_shared_by_all_replicas(replicas: list[httpx.AsyncClient], signing: Signing) -> None:
    answers = [await replica.get("/things/1", headers=signing.bearer(7)) for replica in replicas * 3]
    assert [answer.status_code for answer in answers] == [200] * 4 + [429] * 2
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["3", "2", "1", "0", "0", "0"]
    assert len({answer.headers["X-RateLimit-Reset"] for answer in answers}) == 1
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    others = [await replica.get("/things/1", headers=signing.bearer(8)) for replica in replicas]
    assert [answer.status_code for answer in others] == [200, 200]


async def test_each_process_counts_while_the_database_is_unavailable(
    open_api: OpenApi, infrastructure: Infrastructure
) -> None:
    async with mongo_database(f"mongodb://127.0.0.1:{free_port()}", "away") as database:
        storage = FallbackStorage(MongoWindowStorage(database), WindowStorage(infrastructure.clock))
        async with open_api(on=replace(infrastructure, rate_limits=storage), **LIMITS) as api:
            answers = [await api.get("/things/1") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 4 + [429] * 2
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["3", "2", "1", "0", "0", "0"]
