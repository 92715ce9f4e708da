"""Storage on embedded infrastructure in a folder of the test's own, and clients of two users."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from httpx import AsyncClient

from chassis.composition.embedded import embedded
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.settings import Settings
from storage.service import build
from testkit.served import Served, served


@pytest.fixture
async def infrastructure(tmp_path: Path) -> AsyncGenerator[Infrastructure]:
    async with embedded(tmp_path / "data") as infrastructure:
        yield infrastructure


@pytest.fixture
async def api(infrastructure: Infrastructure) -> AsyncGenerator[Served]:
    settings = Settings(rate_limits="off", max_upload_bytes=10_000_000)
    async with served([build(infrastructure, settings)], infrastructure, settings) as api:
        yield api


@pytest.fixture
async def client(api: Served) -> AsyncClient:
    """User 1."""
    return await api.client(1)


@pytest.fixture
async def other_user(api: Served) -> AsyncClient:
    """User 2."""
    return await api.client(2)
