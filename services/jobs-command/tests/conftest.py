"""jobs-command behind the real middleware, on embedded infrastructure in a folder of the test's own."""

from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest

from chassis.composition.embedded import embedded
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.settings import Settings
from jobs_command.service import build
from testkit.served import Served, served

OWNER, OTHER_USER = 1, 2


@pytest.fixture
async def infrastructure(tmp_path: Path) -> AsyncGenerator[Infrastructure]:
    async with embedded(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def settings() -> Settings:
    """No read model is projected here, so commands do not wait for one: they answer from the stream."""
    return Settings(await_read_model_ms=0, rate_limits="off", max_upload_bytes=100_000)


@pytest.fixture
async def service(infrastructure: Infrastructure, settings: Settings) -> AsyncGenerator[Served]:
    async with served([build(infrastructure, settings)], infrastructure, settings) as running:
        yield running


@pytest.fixture
async def owner(service: Served) -> httpx.AsyncClient:
    return await service.client(OWNER)


@pytest.fixture
async def other_user(service: Served) -> httpx.AsyncClient:
    return await service.client(OTHER_USER)
