"""Delays, disconnects and silence between processes and servers: no job is lost or duplicated."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from jobs_query.projections.job import JobProjection
from testkit.eventually import eventually
from tests.faults import consistency
from tests.faults.retrying_client import Json, RetryingClient
from tests.servers.deployment import Deployment
from tests.servers.infrastructure import infrastructure_of
from tests.servers.infrastructure_servers import SERVER_TYPES, InfrastructureServers
from tests.servers.ports import free_port
from tests.servers.proxy import Proxy, proxy
from tests.servers.shared import required

JOBS = 8
DELAY_SECONDS = 0.02
ENDED = {"completed", "cancelled"}


@asynccontextmanager
async def behind_proxies(folder: Path) -> AsyncGenerator[tuple[Deployment, Mapping[str, Proxy]]]:
    """Run the product with a proxy in front of each server."""
    for server_type in SERVER_TYPES:
        required(server_type)
    servers = InfrastructureServers.in_folder(folder / "servers")
    async with AsyncExitStack() as ending:
        ending.push_async_callback(asyncio.to_thread, servers.stop)
        networks = {server.name: await ending.enter_async_context(proxy(server.port)) for server in servers.all}
        servers.kafka.advertised_port = networks["Kafka"].port
        await asyncio.to_thread(servers.start)
        deployment = Deployment(folder / "processes", servers, _through(servers, networks), free_port())
        await asyncio.to_thread(servers.apply_topics, deployment.environment)
        ending.push_async_callback(asyncio.to_thread, deployment.__exit__)
        await asyncio.to_thread(deployment.start)
        yield deployment, networks


def _through(servers: InfrastructureServers, networks: Mapping[str, Proxy]) -> Mapping[str, str]:
    settings = dict(servers.settings())
    for server in servers.all:
        direct, proxied = f"127.0.0.1:{server.port}", f"127.0.0.1:{networks[server.name].port}"
        settings = {name: value.replace(direct, proxied) for name, value in settings.items()}
    event_store = f"{settings['CALIFORNIA_GOLD_EVENTSTOREDB_URI']}&keepAliveInterval=1000&keepAliveTimeout=1000"
    return {**settings, "CALIFORNIA_GOLD_EVENTSTOREDB_URI": event_store, "CALIFORNIA_GOLD_RATE_LIMITS": "off"}


@pytest.mark.timeout(600)
@pytest.mark.thorough
async def test_no_job_is_lost_or_duplicated_on_an_unreliable_network(tmp_path: Path, chest_zip: bytes) -> None:
    accepted: dict[str, str] = {}
    async with behind_proxies(tmp_path) as (deployment, networks):
        async with httpx.AsyncClient(base_url=deployment.url, timeout=60) as http:
            user = RetryingClient(http)
            await user.sign_in()
            for network in networks.values():
                network.delay_seconds = DELAY_SECONDS
            await _submit(user, chest_zip, accepted)
            for network in networks.values():
                network.delay_seconds = 0.0
                network.cut()
                await _submit(user, None, accepted)
            for network in networks.values():
                network.silence()
                await _submit(user, None, accepted)
            await _submit(user, chest_zip, accepted)
            listed = await eventually(lambda: _all_ended(user), within=240) or []
            await eventually(user.statistics_match, within=60)
        async with infrastructure_of(deployment) as infrastructure:
            await eventually(lambda: consistency.catch_up_state(infrastructure, JobProjection()), within=60)
            differing = await consistency.differing_documents(infrastructure, JobProjection())

    assert {job["id"]: job["status"] for job in listed} == accepted
    assert differing == []
    assert "worker_failed" not in deployment.log()  # an outage is not a failure of a worker


async def _submit(user: RetryingClient, archive: bytes | None, accepted: dict[str, str]) -> None:
    for _ in range(JOBS if archive is None else 2):
        job = await user.submit(archive)
        if archive is None:
            await user.request("PUT", f"/jobs/{job['id']}", json={"status": "cancelled"})
        accepted[job["id"]] = "cancelled" if archive is None else "completed"


async def _all_ended(user: RetryingClient) -> list[Json] | None:
    listed = await user.jobs()
    return listed if all(job["status"] in ENDED for job in listed) else None
