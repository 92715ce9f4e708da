"""Managing user accounts from the command line."""

import asyncio

import typer

from california_gold.command_infrastructure import command_infrastructure, command_settings
from california_gold.settings import AllSettings
from identity.service import grant_admin as grant_admin_in_identity


def grant_admin(name: str) -> None:
    """Make a user an administrator."""
    asyncio.run(_grant_admin(command_settings(), name))
    typer.echo(f"{name} is an administrator now")


async def _grant_admin(settings: AllSettings, name: str) -> None:
    async with command_infrastructure(settings) as infrastructure:
        await grant_admin_in_identity(infrastructure, settings, name)
