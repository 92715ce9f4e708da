"""A command answers what a read shows: from the read model in time, otherwise from the job's stream."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from chassis.composition.embedded import embedded
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.settings import Settings
from jobs_command import service as jobs_command
from jobs_query import service as jobs_query
from testkit.eventually import eventually
from testkit.served import served

AT_ONCE, TEN_SECONDS = 0, 10_000


@pytest.fixture
async def infrastructure(tmp_path: Path) -> AsyncGenerator[Infrastructure]:
    async with embedded(tmp_path / "data") as opened:
        yield opened


@asynccontextmanager
async def client_of(infrastructure: Infrastructure, await_read_model_ms: int) -> AsyncGenerator[httpx.AsyncClient]:
    settings = Settings(rate_limits="off", await_read_model_ms=await_read_model_ms)
    services = [jobs_command.build(infrastructure, settings), jobs_query.build(infrastructure, settings)]
    async with served(services, infrastructure, settings) as running:
        yield await running.client(1)


async def read(client: httpx.AsyncClient, answer: httpx.Response) -> httpx.Response:
    """Read the job at the revision that a command answered with."""
    revision = answer.headers["etag"].strip('"')

    async def reached() -> httpx.Response | None:
        found = await client.get(f"/jobs/{answer.json()['id']}", headers={"X-Min-Revision": revision})
        return found if found.status_code == 200 else None

    found = await eventually(reached)
    assert found is not None
    return found


async def test_an_answer_from_the_stream_has_the_bytes_of_the_read_model(infrastructure: Infrastructure):
    async with client_of(infrastructure, AT_ONCE) as client:
        answer = await client.post("/jobs", data={"title": "КТ"}, files={"file": ("scan.zip", b"PK")})
        assert (await read(client, answer)).content == answer.content
        for change in ({"description": "second"}, {"status": "cancelled"}, {"status": "queued"}):
            answer = await client.put(f"/jobs/{answer.json()['id']}", json=change)
            assert (await read(client, answer)).content == answer.content, change


async def test_a_write_is_read_at_once(infrastructure: Infrastructure):
    async with client_of(infrastructure, TEN_SECONDS) as client:
        created = await client.post("/jobs", files={"file": ("scan.zip", b"PK")})
        job = created.json()["id"]
        assert (await client.get(f"/jobs/{job}")).content == created.content
        assert (await client.get("/jobs")).content == b"[" + created.content + b"]"
        changed = await client.put(f"/jobs/{job}", json={"title": "CT"})
        assert (await client.get(f"/jobs/{job}")).content == changed.content
        await client.delete(f"/jobs/{job}")
        assert (await client.get(f"/jobs/{job}")).status_code == 404
