"""A client of the server under test."""

from collections.abc import AsyncGenerator

import pytest
from kurrentdbclient import AsyncKurrentDBClient

from chassis.adapters.kurrent.client import opened_client


@pytest.fixture
async def client(eventstoredb_uri: str) -> AsyncGenerator[AsyncKurrentDBClient]:
    """A client of the adapter: the bare driver does not end the calls of refused appends, and closes slowly."""
    async with opened_client(eventstoredb_uri) as client:
        yield client
