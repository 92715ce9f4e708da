from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from chassis.composition.embedded import embedded
from chassis.ports.infrastructure import Infrastructure
from identity.application.identity import Identity, assemble
from identity.settings import IdentitySettings
from testkit.clock import ManualClock
from testkit.identity_api import Api, running


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def infrastructure(tmp_path: Path, clock: ManualClock) -> AsyncGenerator[Infrastructure]:
    async with embedded(tmp_path / "data", clock=clock) as infrastructure:
        yield infrastructure


@pytest.fixture
def identity(infrastructure: Infrastructure) -> Identity:
    return assemble(infrastructure, IdentitySettings())


@pytest.fixture
async def api(tmp_path: Path) -> AsyncGenerator[Api]:
    async with running(tmp_path / "data") as api:
        yield api
