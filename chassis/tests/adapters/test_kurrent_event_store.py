from collections.abc import AsyncIterator

import pytest

from chassis.adapters.kurrent.event_store import KurrentEventStore, kurrent_event_store
from testkit.conformance import EventStoreConformance


class TestKurrentEventStore(EventStoreConformance):
    @pytest.fixture
    async def event_store(self, eventstoredb_uri: str) -> AsyncIterator[KurrentEventStore]:
        async with kurrent_event_store(eventstoredb_uri) as store:
            yield store
