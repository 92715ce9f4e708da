"""Managing the keys that sign tokens."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import uuid4

import typer

from california_gold.command_infrastructure import command_infrastructure, command_settings
from california_gold.settings import AllSettings
from chassis.commands.context import CommandContext
from identity.application.signing_keys import SigningKeys
from identity.service import signing_keys

T = TypeVar("T")


def print_keys() -> None:
    """Print all keys."""
    for line in _with_keys(_described):
        typer.echo(line)


def rotate() -> None:
    """Rotate the signing key."""
    new = _with_keys(lambda keys: keys.rotate(_operator()))
    typer.echo(f"{new.kid} signs new tokens; earlier tokens stay valid until they expire")


def revoke(kid: str) -> None:
    """Revoke a signing key."""
    newest = _with_keys(lambda keys: keys.revoke(kid, _operator()))
    typer.echo(f"tokens of {kid} are refused within a minute; {newest.kid} signs new tokens")


async def _described(keys: SigningKeys) -> list[str]:
    ring = await keys.ring()
    states = {ring.newest: "signs new tokens"} | dict.fromkeys(ring.revoked, "revoked")
    return [f"{key.kid}  {states.get(key.generation, 'accepted')}" for key in await keys.of(ring.generations)]


def _with_keys(work: Callable[[SigningKeys], Awaitable[T]]) -> T:
    return asyncio.run(_work_with_keys(command_settings(), work))


async def _work_with_keys(settings: AllSettings, work: Callable[[SigningKeys], Awaitable[T]]) -> T:
    async with command_infrastructure(settings) as infrastructure:
        return await work(signing_keys(infrastructure, settings))


def _operator() -> CommandContext:
    return CommandContext(uuid4(), f"service:command-line/uid-{os.getuid()}", str(uuid4()))
