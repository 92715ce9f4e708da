"""Replicas count the failed log-ins of an account together, in MongoDB."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from chassis.adapters.memory.fallback_storage import FallbackStorage
from chassis.adapters.memory.window_storage import WindowStorage
from chassis.adapters.mongo.database import mongo_database
from chassis.adapters.mongo.rate_limits import MongoWindowStorage
from chassis.ports.clock import SystemClock
from chassis.ports.infrastructure import Infrastructure
from identity.application.failed_logins import FREE_TRIES, MAX_DELAY_SECONDS, FailedLogins
from identity.domain.errors import TooManyTries, WrongCredentials
from testkit.conformance.samples import DEADLINE_SECONDS, unique

HOME, OFFICE = "198.51.100.1", "203.0.113.9"


@pytest.fixture
async def replicas(
    infrastructure: Infrastructure, mongodb_uri: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[list[FailedLogins]]:
    """Two replicas, each with its own client of one database."""
    monkeypatch.setattr(FallbackStorage, "TIMEOUT_SECONDS", DEADLINE_SECONDS)
    name, clock = unique("tests-"), SystemClock()
    async with mongo_database(mongodb_uri, name) as one, mongo_database(mongodb_uri, name) as other:
        storages = [FallbackStorage(MongoWindowStorage(database), WindowStorage(clock)) for database in (one, other)]
        yield [FailedLogins(storage, infrastructure.keys, clock) for storage in storages]


async def fails(replica: FailedLogins, address: str) -> bool:
    """Try a wrong password; return whether it was checked, or refused with an impossible delay."""
    try:
        async with replica.attempt("doctor", address):
            raise WrongCredentials
    except WrongCredentials:
        return True
    except TooManyTries as refused:
        return not 1 <= refused.seconds <= MAX_DELAY_SECONDS


async def test_concurrent_tries_at_two_replicas_are_counted_together(replicas: list[FailedLogins]) -> None:
    tries = [fails(replicas[number % 2], f"192.0.2.{number}") for number in range(60)]
    checked = sum(await asyncio.gather(*tries))
    assert 1 <= checked <= FREE_TRIES + 4, "the first delays are of seconds"


async def test_an_address_is_known_at_every_replica(replicas: list[FailedLogins]) -> None:
    first, second = replicas
    async with first.attempt("doctor", HOME):
        pass
    while await fails(second, OFFICE):
        pass
    async with second.attempt("doctor", HOME):
        pass
