"""The product in distributed mode: one process per service on real servers, behind the gateway."""

import asyncio
import re
import signal
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx

from chassis.ports.message_bus import MessageBus
from testkit.eventually import eventually_blocking
from tests.e2e.api_client import PASSWORD
from tests.e2e.command_line import run_command
from tests.e2e.product import MakeProduct
from tests.e2e.stored_files import found_in_files
from tests.servers.deployment import Deployment
from tests.servers.infrastructure import infrastructure_of, settings_from
from tests.servers.infrastructure_servers import SERVER_TYPES, InfrastructureServers
from tests.servers.secured import SecuredServers, make_secrets
from tests.servers.shared import required
from tests.servers.stored_data import stored_data

_REBALANCE_TIMEOUT_SECONDS = 90.0
_PROBE_JOBS = 24
"""Number of jobs that reach every partition with near certainty."""


@dataclass
class DistributedProduct:
    """One process of each service. Its servers keep running when it is killed."""

    deployment: Deployment
    _runs: bool = field(default=False, init=False)

    @property
    def url(self) -> str:
        """Base URL of the gateway."""
        return self.deployment.url

    @property
    def log(self) -> str:
        """Output of the processes."""
        return self.deployment.log()

    def start(self) -> "DistributedProduct":
        """Start all processes and wait until ready; without effect on running ones."""
        if not self._runs:
            self.deployment.start()
            self._wait_for_rebalance()
            self._runs = True
        return self

    def _wait_for_rebalance(self) -> None:
        """Wait until writes are readable immediately: a rebalance waits some seconds for killed members."""
        credentials = {"username": f"user-{uuid4().hex[:12]}", "password": PASSWORD}
        with httpx.Client(base_url=self.url, timeout=60) as http:
            http.post("/auth/register", json=credentials).raise_for_status()
            token = http.post("/auth/login", json=credentials).raise_for_status().json()["access_token"]
            http.headers["Authorization"] = f"Bearer {token}"
            eventually_blocking(lambda: _reads_catch_up(http), within=_REBALANCE_TIMEOUT_SECONDS)

    def kill(self) -> None:
        """Kill all processes (SIGKILL)."""
        self._runs = False
        self.deployment.stop(signal.SIGKILL)

    def stop(self) -> int:
        """Stop all processes (SIGTERM); return the first exit code other than 0."""
        self._runs = False
        return self.deployment.stop(signal.SIGTERM)

    def run_command(self, *arguments: str) -> str:
        """Run a command of `california-gold` on its servers; return what it printed."""
        return run_command(self.deployment.environment, *arguments)

    @asynccontextmanager
    async def bus(self) -> AsyncGenerator[MessageBus]:
        """Open the topics from another process."""
        async with infrastructure_of(self.deployment) as infrastructure:
            yield infrastructure.bus

    def locations_containing(self, text: str) -> Sequence[str]:
        """Return the names of the streams, topics and collections that contain a text."""
        with ThreadPoolExecutor() as executor:  # the test runs in an event loop of its own
            stored = executor.submit(asyncio.run, stored_data(settings_from(self.deployment.environment))).result()
        return sorted({location for location, data in stored if text.encode() in data})

    def files_with(self, pattern: re.Pattern[bytes]) -> Mapping[str, set[str]]:
        """Return what a pattern finds in the files of the servers.

        Those of MongoDB are left out: it keeps the bytes of what was deleted until it uses their space again.
        """
        servers = self.deployment.servers
        folders = [servers.event_store.folder, servers.kafka.folder, servers.minio.folder]
        return {name: found for folder in folders for name, found in found_in_files(folder, pattern).items()}


def _reads_catch_up(http: httpx.Client) -> bool:
    """Return whether each of some new jobs is readable at once."""
    new = (http.post("/jobs", data={"title": "settling"}).raise_for_status().json() for _ in range(_PROBE_JOBS))
    return all(http.get(f"/jobs/{job['id']}").status_code == 200 for job in new)


@contextmanager
def distributed_products(new_folder: Callable[[], Path]) -> Generator[MakeProduct]:
    """Yield a factory of products on one stack of servers; concurrent products are replicas of each other."""
    for server_type in SERVER_TYPES:
        required(server_type)
    stack = SecuredServers.with_secrets(new_folder() / "servers", make_secrets(new_folder() / "secrets"))
    try:
        stack.start()
        stack.apply_topics()
        yield lambda settings: DistributedProduct(_deployment(new_folder(), stack, settings))
    finally:
        stack.stop()


def _deployment(folder: Path, stack: InfrastructureServers, settings: Mapping[str, str]) -> Deployment:
    defaults = {"CALIFORNIA_GOLD_RATE_LIMITS": "off", "CALIFORNIA_GOLD_LOG_FORMAT": "json"}
    return Deployment(folder, stack, {**defaults, **settings})
