"""Rolling update: each service is replaced by a new process while users upload through the gateway."""

import asyncio
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.drills.uploads import Load
from tests.servers.deployment import Deployment

_MARGIN_SECONDS = 60.0
HEADINGS = ("service", "new process ready after", "old process ended after", "exit code")


@dataclass(frozen=True)
class Replacement:
    """One replaced service: seconds until the new process was ready, and until the old one ended; its exit code."""

    service: str
    ready_seconds: float
    drain_seconds: float
    exit_code: int

    @property
    def row(self) -> tuple[str, ...]:
        """The cells of the table."""
        return self.service, f"{self.ready_seconds:.1f} s", f"{self.drain_seconds:.1f} s", str(self.exit_code)


async def replace_every_service(
    deployment: Deployment, load: Load, report: Callable[[Replacement], None] = lambda _: None
) -> list[Replacement]:
    """Replace the services one after the other under the load."""
    done: list[Replacement] = []

    async def update() -> None:
        for name in list(deployment.processes):
            done.append(await asyncio.to_thread(_replace, deployment, name, load.seconds))
            report(done[-1])

    await load.during(update)
    return done


def _replace(deployment: Deployment, name: str, upload_seconds: float) -> Replacement:
    started = time.monotonic()
    old = deployment.replace(name)
    ready = time.monotonic()
    old.stop_seconds = upload_seconds + _MARGIN_SECONDS
    old.send_signal(signal.SIGTERM)
    code = old.wait_for_exit()
    return Replacement(name, ready - started, time.monotonic() - ready, code)
