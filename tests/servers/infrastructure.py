"""Access of a test to the stores that the product's processes use."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

from chassis.composition.distributed import distributed
from chassis.composition.distributed_settings import DistributedSettings
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.settings import PREFIX
from tests.servers.deployment import Deployment


def settings_from(environment: Mapping[str, str]) -> DistributedSettings:
    """Return the settings that a process with these environment variables has."""
    return DistributedSettings.model_validate(
        {name.removeprefix(PREFIX).lower(): value for name, value in environment.items()}
    )


@asynccontextmanager
async def infrastructure_of(deployment: Deployment) -> AsyncGenerator[Infrastructure]:
    """Open the infrastructure of a deployment."""
    async with distributed(settings_from(deployment.environment)) as infrastructure:
        yield infrastructure
