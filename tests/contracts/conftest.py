"""Embedded infrastructure in the temporary folder of a test."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest_asyncio

from chassis.composition.embedded import embedded
from chassis.ports.infrastructure import Infrastructure


@pytest_asyncio.fixture
async def infrastructure(tmp_path: Path) -> AsyncGenerator[Infrastructure]:
    async with embedded(tmp_path / "data") as opened:
        yield opened
