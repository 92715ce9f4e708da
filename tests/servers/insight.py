"""What a test sees of the servers: the ports that the product's processes use."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from chassis.distributed import distributed
from chassis.distributed_settings import DistributedSettings
from chassis.infrastructure import Infrastructure
from tests.servers.deployment import Deployment


def settings_of(deployment: Deployment) -> DistributedSettings:
    """Return what the processes are told of their servers."""
    told = {name.removeprefix("CALIFORNIA_GOLD_").lower(): value for name, value in deployment.told.items()}
    return DistributedSettings.model_validate(told)


@asynccontextmanager
async def looked_into(deployment: Deployment) -> AsyncGenerator[Infrastructure]:
    """Open what the product's processes work on."""
    async with distributed(settings_of(deployment)) as infrastructure:
        yield infrastructure
