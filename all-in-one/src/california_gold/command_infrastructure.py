"""The infrastructure of commands: the servers if their settings are given, else the data folder."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from california_gold.settings import AllSettings, DistributedAllSettings
from chassis.composition.embedded import embedded
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.settings import PREFIX, load, variables

T = TypeVar("T")
_EVENT_STORE_URI = f"{PREFIX}EVENTSTOREDB_URI"


def command_settings() -> AllSettings:
    """Return the settings, with those of the servers if the event store's URI is given."""
    return load(DistributedAllSettings if _EVENT_STORE_URI in variables() else AllSettings)


@asynccontextmanager
async def command_infrastructure(settings: AllSettings) -> AsyncGenerator[Infrastructure]:
    """Open the infrastructure that the settings describe."""
    if isinstance(settings, DistributedAllSettings):
        # The drivers are an extra: commands on a data folder work without them.
        from chassis.composition.distributed import distributed

        async with distributed(settings) as infrastructure:
            yield infrastructure
    else:
        async with embedded(settings.data_dir) as infrastructure:
            yield infrastructure


def run_on_infrastructure(work: Callable[[Infrastructure], Awaitable[T]]) -> T:
    """Run asynchronous work on the infrastructure of the command's settings."""

    async def run() -> T:
        async with command_infrastructure(command_settings()) as infrastructure:
            return await work(infrastructure)

    return asyncio.run(run())
