"""What a test sees of the servers: the ports that the product's processes use."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

from chassis.composition.distributed import distributed
from chassis.composition.distributed_settings import DistributedSettings
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.settings import PREFIX
from tests.servers.deployment import Deployment


def settings_from(told: Mapping[str, str]) -> DistributedSettings:
    """Return the settings that a process reads from these variables."""
    return DistributedSettings.model_validate(
        {name.removeprefix(PREFIX).lower(): value for name, value in told.items()}
    )


@asynccontextmanager
async def looked_into(deployment: Deployment) -> AsyncGenerator[Infrastructure]:
    """Open what the product's processes work on."""
    async with distributed(settings_from(deployment.told)) as infrastructure:
        yield infrastructure
