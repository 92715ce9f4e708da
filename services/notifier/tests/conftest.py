"""Embedded infrastructure, its subscriptions, and a clock and sockets for the limit on them."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from california_gold_contracts.topics import JOBS
from chassis.composition.embedded import embedded
from chassis.messaging.relay import Relay
from chassis.ports.document_store import DocumentStore
from chassis.ports.infrastructure import Infrastructure
from notifier.application.subscriptions import Subscriptions
from services.notifier.tests.replicas import Clock
from services.notifier.tests.subscribing import subscriptions_of
from testkit.running import running


@pytest_asyncio.fixture
async def infrastructure(tmp_path: Path) -> AsyncGenerator[Infrastructure]:
    async with embedded(tmp_path / "data") as opened, running(Relay(opened, JOBS, ["job"]).run()):
        yield opened


@pytest_asyncio.fixture
async def subscriptions(infrastructure: Infrastructure) -> AsyncGenerator[Subscriptions]:
    opened = subscriptions_of(infrastructure)
    async with running(opened.run()):
        yield opened


@pytest.fixture
def documents(infrastructure: Infrastructure) -> DocumentStore:
    return infrastructure.documents


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture
async def sockets() -> AsyncGenerator[AsyncExitStack]:
    """Sockets that stay open until the test ends."""
    async with AsyncExitStack() as stack:
        yield stack
