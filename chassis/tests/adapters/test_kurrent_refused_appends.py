"""Refused appends end their calls: a connection carries 100 calls at once, and everything else needs it too."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chassis.adapters.kurrent.event_store import KurrentEventStore, kurrent_event_store
from chassis.adapters.sqlite.database import Database
from chassis.ports.event_store import NO_STREAM, WrongExpectedRevision
from eventstoredb_test_server.protocol import BatchAppendReq, BatchAppendResp, Context
from eventstoredb_test_server.server import running_server
from eventstoredb_test_server.streams_service import StreamsService
from testkit.conformance.samples import new_events
from testkit.eventually import eventually
from tests.servers.ports import free_port

WRITERS = 10
SECONDS_BEFORE_CALLS_END_BY_THEMSELVES = 4.0


class CountingStreams(StreamsService):
    """Counts the open calls of appends."""

    open_calls = most_open_calls = 0

    async def BatchAppend(  # noqa: N802
        self, request_iterator: AsyncIterator[BatchAppendReq], context: Context
    ) -> AsyncIterator[BatchAppendResp]:
        self.open_calls += 1
        self.most_open_calls = max(self.most_open_calls, self.open_calls)
        try:
            async for response in super().BatchAppend(request_iterator, context):
                yield response
        finally:
            self.open_calls -= 1


async def refuse(store: KurrentEventStore, times: int) -> None:
    for _ in range(times):
        with pytest.raises(WrongExpectedRevision):
            await store.append("job-1", new_events(1), 0)


async def test_no_call_stays_open_after_three_hundred_refusals(tmp_path: Path) -> None:
    services: list[CountingStreams] = []

    def streams(database: Database) -> CountingStreams:
        services.append(CountingStreams(database))
        return services[-1]

    async def all_ended() -> bool:
        return services[0].open_calls == 0

    uri = f"esdb://127.0.0.1:{(port := free_port())}?tls=false"
    async with running_server(port, tmp_path / "events.db", streams):
        async with kurrent_event_store(uri) as store:
            await store.append("job-1", new_events(3), NO_STREAM)
            await asyncio.gather(*(refuse(store, 30) for _ in range(WRITERS)))
            async with asyncio.timeout(SECONDS_BEFORE_CALLS_END_BY_THEMSELVES):
                assert len(await store.read("job-1")) == 3
                await eventually(all_ended)
        assert services[0].most_open_calls <= 2 * WRITERS
