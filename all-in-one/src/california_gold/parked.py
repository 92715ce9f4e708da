"""`california-gold parked`: events that could not be handled, and what a person decides about them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer

from california_gold.command_infrastructure import command_infrastructure, command_settings
from california_gold_contracts.envelope import MalformedEnvelope, from_message
from chassis.commands.errors import DomainError
from chassis.messaging.parking import Parked, Parking

T = TypeVar("T")
commands = typer.Typer(no_args_is_help=True, help="Look after events that could not be handled.")
Id = typer.Argument(metavar="ID", help="As `parked list` shows it.")


@commands.command("list")
def list_all() -> None:
    """List what waits: events that failed, and those waiting behind them."""
    waiting = _with_parking(lambda parking: parking.of_every_group())
    if not waiting:
        typer.echo("nothing is parked")
        return
    for one in waiting:
        typer.echo(f"{one.id}  {one.state}  {one.attempts} attempts  {one.parked_at:%Y-%m-%d %H:%M:%S}  {one.error}")


@commands.command()
def show(parked_id: str = Id) -> None:
    """Show one: what it is, why it waits. The event's data is not shown, it may be about a person."""
    one = _existing(parked_id, _with_parking(lambda parking: parking.get(parked_id)))
    for name, value in {**_delivery(one), **_event(one)}.items():
        typer.echo(f"{name:<12} {value}")


@commands.command()
def retry(parked_id: str = Id) -> None:
    """Let it be handled again, and what waits behind it."""
    _existing(parked_id, _with_parking(lambda parking: parking.retry(parked_id)))
    typer.echo(f"{parked_id} will be tried again")


@commands.command()
def discard(parked_id: str = Id) -> None:
    """Drop it for good, and let go on what waits behind it."""
    _existing(parked_id, _with_parking(lambda parking: parking.discard(parked_id)))
    typer.echo(f"{parked_id} is discarded")


def _with_parking(ask: Callable[[Parking], Awaitable[T]]) -> T:
    async def run() -> T:
        async with command_infrastructure(command_settings()) as infrastructure:
            return await ask(Parking(infrastructure.documents, infrastructure.clock))

    return asyncio.run(run())


def _existing(parked_id: str, found: T | None) -> T:
    if not found:
        raise DomainError(f"nothing is parked as {parked_id}")
    return found


def _delivery(one: Parked) -> dict[str, object]:
    return {
        "id": one.id,
        "state": one.state,
        "error": one.error,
        "attempts": one.attempts,
        "parked at": one.parked_at.isoformat(),
        "group": one.group,
        "topic": one.message.topic,
        "key": one.message.key,
    }


def _event(one: Parked) -> dict[str, object]:
    try:
        event = from_message(one.message.headers, one.message.value)
    except MalformedEnvelope as problem:
        return {"event": f"unreadable: {problem}"}
    return {
        "event": event.type,
        "event id": event.id,
        "time": event.time.isoformat(),
        "correlation": event.correlation_id,
    }
