"""The product as its processes on servers, behind the gateway."""

import asyncio
import signal
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.product import MakeProduct
from tests.servers.contents import contents
from tests.servers.deployment import Deployment
from tests.servers.insight import settings_from
from tests.servers.shared import required
from tests.servers.stack import KINDS, Stack


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
            self.deployment.begin()
            self._runs = True
        return self

    def kill(self) -> None:
        """End all processes at once."""
        self._runs = False
        self.deployment.end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask all processes to end; return the first exit code that is not 0."""
        self._runs = False
        return self.deployment.end(signal.SIGTERM)

    def places_that_hold(self, text: str) -> Sequence[str]:
        """Name the streams, topics and collections that hold a text."""
        with ThreadPoolExecutor() as apart:  # the test has an event loop of its own
            held = apart.submit(asyncio.run, contents(settings_from(self.deployment.told))).result()
        return sorted({place for place, data in held if text.encode() in data})


@contextmanager
def distributed_products(new_folder: Callable[[], Path]) -> Generator[MakeProduct]:
    """Yield a maker of products on one stack of servers; those that run at once are replicas of each other."""
    for kind in KINDS:
        required(kind)
    stack = Stack.in_folder(new_folder() / "servers")
    try:
        stack.start()
        stack.apply_topics()
        yield lambda settings: DistributedProduct(_deployment(new_folder(), stack, settings))
    finally:
        stack.stop()


def _deployment(folder: Path, stack: Stack, settings: Mapping[str, str]) -> Deployment:
    usual = {"CALIFORNIA_GOLD_RATE_LIMITS": "off", "CALIFORNIA_GOLD_LOG_FORMAT": "json"}
    return Deployment(folder, stack, {**usual, **settings})
