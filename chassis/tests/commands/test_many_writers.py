"""Many commands of one aggregate at the same time, on EventStoreDB, from one process or from two."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import orjson
import pytest
import pytest_asyncio

from chassis.adapters.kurrent.event_store import kurrent_event_store
from chassis.commands.aggregate import Aggregates
from chassis.commands.recording import chain_hash, command_id_of
from chassis.ports.infrastructure import Infrastructure
from eventstoredb_test_server.server import running_server
from testkit.counters import Count, CounterState, command_context, counters
from tests.servers.ports import free_port

COMMANDS = 40


@pytest_asyncio.fixture(params=[1, 2], ids=["one process", "two processes"])
async def processes(
    request: pytest.FixtureRequest, infrastructure: Infrastructure, tmp_path: Path
) -> AsyncGenerator[Sequence[Aggregates[CounterState, Count]]]:
    """The aggregates of each process, which has a connection, a queue and a cache of its own."""
    uri = f"esdb://127.0.0.1:{(port := free_port())}?tls=false"
    async with running_server(port, tmp_path / "log.db"), AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(kurrent_event_store(uri)) for _ in range(request.param)]
        yield [counters(replace(infrastructure, events=store)) for store in stores]


async def test_each_of_forty_concurrent_commands_takes_effect_exactly_once(
    processes: Sequence[Aggregates[CounterState, Count]],
) -> None:
    ids = [uuid4() for _ in range(COMMANDS)]
    contexts = [replace(command_context(command_id), first_time=True) for command_id in ids]

    await asyncio.gather(
        *(processes[index % len(processes)].handle("a", Count(), context) for index, context in enumerate(contexts))
    )

    stored = await processes[0].events.read("counter-a")
    assert sorted(command_id_of(event) for event in stored) == sorted(map(str, ids))
    assert [orjson.loads(event.data)["total"] for event in stored] == list(range(1, COMMANDS + 1))
    hashes = [orjson.loads(event.metadata)["previous_hash"] for event in stored]
    assert hashes == ["", *map(chain_hash, stored[:-1])]
