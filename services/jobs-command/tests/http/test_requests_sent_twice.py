"""One request sent twice at once with one Idempotency-Key, on EventStoreDB, to one process or to two."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx
import pytest

from chassis.adapters.kurrent.event_store import kurrent_event_store
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.settings import Settings
from eventstoredb_test_server.server import running_server
from eventstoredb_test_server.streams_service import StreamsService
from jobs_command.service import build
from testkit.served import served
from testkit.signing import Signing
from tests.servers.ports import free_port

OWNER = 1
ANSWER_SECONDS = 0.1
"""Time in which the server has stored an append and not yet answered it."""

PAIRS = 3
KEY = "Idempotency-Key"


@pytest.fixture(params=[1, 2], ids=["one process", "two processes"])
async def owners(
    request: pytest.FixtureRequest, infrastructure: Infrastructure, settings: Settings, tmp_path: Path
) -> AsyncGenerator[Sequence[httpx.AsyncClient]]:
    """Two clients of one user: of the same process, or of two processes with a connection each."""
    uri = f"esdb://127.0.0.1:{(port := free_port())}?tls=false"
    streams = partial(StreamsService, answer_seconds=ANSWER_SECONDS)
    async with running_server(port, tmp_path / "log.db", streams), AsyncExitStack() as stack:
        signing, clients = Signing(), list[httpx.AsyncClient]()
        for _ in range(request.param):
            events = await stack.enter_async_context(kurrent_event_store(uri))
            process = replace(infrastructure, events=events)
            running = await stack.enter_async_context(served([build(process, settings)], process, settings, signing))
            clients.append(await running.client(OWNER))
        yield [clients[0], clients[-1]]


async def test_a_job_is_created_once_and_both_answers_show_it(owners: Sequence[httpx.AsyncClient]):
    for number in range(1, PAIRS + 1):
        requests = [client.post("/jobs", data={"title": "CT"}, headers={KEY: f"{number}"}) for client in owners]
        first, second = await asyncio.gather(*requests)
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.json() == second.json()
        assert first.json()["number"] == number


async def test_a_job_is_deleted_once_and_both_answers_say_so(owners: Sequence[httpx.AsyncClient]):
    for number in range(PAIRS):
        job = (await owners[0].post("/jobs", data={"title": "CT"})).json()["id"]
        requests = [client.delete(f"/jobs/{job}", headers={KEY: f"delete-{number}"}) for client in owners]
        assert [answer.status_code for answer in await asyncio.gather(*requests)] == [200, 200]
