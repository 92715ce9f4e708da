"""What a command of the command line works on: the servers when they are given, else the data folder."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from california_gold.settings import AllSettings, DistributedAllSettings
from chassis.composition.embedded import embedded
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.settings import PREFIX, load, variables

_GIVEN = f"{PREFIX}EVENTSTOREDB_URI"


def command_settings() -> AllSettings:
    """Return the settings; those of the servers too when the event store's URI is given."""
    return load(DistributedAllSettings if _GIVEN in variables() else AllSettings)


@asynccontextmanager
async def command_infrastructure(settings: AllSettings) -> AsyncGenerator[Infrastructure]:
    """Open what the settings are for."""
    if isinstance(settings, DistributedAllSettings):
        # The drivers are an extra: who works on a folder need not have them.
        from chassis.composition.distributed import distributed

        async with distributed(settings) as infrastructure:
            yield infrastructure
    else:
        async with embedded(settings.data_dir) as infrastructure:
            yield infrastructure
