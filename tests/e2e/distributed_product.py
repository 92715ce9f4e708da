"""The product as its processes on servers, behind the gateway."""

import asyncio
import signal
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx

from tests.e2e.driver import PASSWORD
from tests.e2e.product import MakeProduct
from tests.servers.deployment import Deployment
from tests.servers.infrastructure import settings_from
from tests.servers.infrastructure_servers import SERVER_TYPES, InfrastructureServers
from tests.servers.shared import required
from tests.servers.stored_data import stored_data

_SETTLE_SECONDS = 90.0
_MANY = 24
"""So many jobs reach every partition, nearly for certain."""


@dataclass
class DistributedProduct:
    """One process of each service. Its servers go on when it is killed."""

    deployment: Deployment
    _runs: bool = field(default=False, init=False)

    @property
    def url(self) -> str:
        """Where the gateway answers."""
        return self.deployment.url

    @property
    def log(self) -> str:
        """Everything that the processes printed."""
        return self.deployment.log()

    def start(self) -> "DistributedProduct":
        """Start all processes and wait until each is ready; those that run go on."""
        if not self._runs:
            self.deployment.start()
            self._wait_until_reads_follow()
            self._runs = True
        return self

    def _wait_until_reads_follow(self) -> None:
        """Wait until what is written is read at once: a group waits some seconds for members that were killed."""
        who = {"username": f"user-{uuid4().hex[:12]}", "password": PASSWORD}
        deadline, in_a_row = time.monotonic() + _SETTLE_SECONDS, 0
        with httpx.Client(base_url=self.url, timeout=60) as http:
            http.post("/auth/register", json=who).raise_for_status()
            token = http.post("/auth/login", json=who).raise_for_status().json()["access_token"]
            http.headers["Authorization"] = f"Bearer {token}"
            while in_a_row < _MANY:
                if time.monotonic() > deadline:
                    raise AssertionError(f"reads do not follow:\n{self.log[-3000:]}")
                job = http.post("/jobs", data={"title": "settling"}).raise_for_status().json()
                in_a_row = in_a_row + 1 if http.get(f"/jobs/{job['id']}").status_code == 200 else 0

    def kill(self) -> None:
        """End all processes at once."""
        self._runs = False
        self.deployment.stop(signal.SIGKILL)

    def stop(self) -> int:
        """Ask all processes to end; return the first exit code that is not 0."""
        self._runs = False
        return self.deployment.stop(signal.SIGTERM)

    def places_that_hold(self, text: str) -> Sequence[str]:
        """Name the streams, topics and collections that hold a text."""
        with ThreadPoolExecutor() as apart:  # the test has an event loop of its own
            held = apart.submit(asyncio.run, stored_data(settings_from(self.deployment.environment))).result()
        return sorted({place for place, data in held if text.encode() in data})


@contextmanager
def distributed_products(new_folder: Callable[[], Path]) -> Generator[MakeProduct]:
    """Yield a maker of products on one stack of servers; those that run at once are replicas of each other."""
    for kind in SERVER_TYPES:
        required(kind)
    stack = InfrastructureServers.in_folder(new_folder() / "servers")
    try:
        stack.start()
        stack.apply_topics()
        yield lambda settings: DistributedProduct(_deployment(new_folder(), stack, settings))
    finally:
        stack.stop()


def _deployment(folder: Path, stack: InfrastructureServers, settings: Mapping[str, str]) -> Deployment:
    usual = {"CALIFORNIA_GOLD_RATE_LIMITS": "off", "CALIFORNIA_GOLD_LOG_FORMAT": "json"}
    return Deployment(folder, stack, {**usual, **settings})
