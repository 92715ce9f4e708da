"""A log with the events of two counters."""

from pathlib import Path

import pytest
import pytest_asyncio

from chassis.audit.signatures import Signer
from chassis.ports.infrastructure import Infrastructure
from testkit.counters import Count, command_context, counters

COUNTED, OTHER = "counter-a", "counter-b"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest_asyncio.fixture
async def log(infrastructure: Infrastructure) -> Infrastructure:
    for name in ("a", "b"):
        await counters(infrastructure).handle(name, Count(6), command_context())
    return infrastructure


@pytest.fixture
def signer(infrastructure: Infrastructure) -> Signer:
    return Signer(infrastructure.keys)
