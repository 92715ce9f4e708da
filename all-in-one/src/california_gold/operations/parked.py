"""Managing parked events: events that could not be handled, and what an operator decides about them."""

from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import uuid4

import typer

from california_gold.command_infrastructure import run_on_infrastructure
from california_gold.exit_codes import ExitCode, end
from california_gold_contracts.envelope import MalformedEnvelope
from chassis.commands.context import CommandContext, command_line_actor
from chassis.messaging.parking import NothingParked, Parked, WaitsBehindAnother
from chassis.operations.parked_events import ParkedEvents

T = TypeVar("T")


def print_list() -> None:
    """Print all parked events."""
    events = _with_parked(lambda parked, _context: parked.parking.of_every_group())
    if not events:
        typer.echo("nothing is parked")
        return
    for event in events:
        parked_at = f"{event.parked_at:%Y-%m-%d %H:%M:%S}"
        typer.echo(f"{event.id}  {event.state}  {event.attempts} attempts  {parked_at}  {event.error}")


def print_one(parked_id: str) -> None:
    """Print one parked event without its data."""
    event = _with_parked(lambda parked, _context: parked.find(parked_id))
    for name, value in {**_delivery(event), **_event(event)}.items():
        typer.echo(f"{name:<12} {value}")


def retry(parked_id: str) -> None:
    """Schedule a parked event for another attempt."""
    _with_parked(lambda parked, context: parked.retry(parked_id, context))
    typer.echo(f"{parked_id} will be processed again")


def discard(parked_id: str) -> None:
    """Discard a parked event."""
    _with_parked(lambda parked, context: parked.discard(parked_id, context))
    typer.echo(f"{parked_id} is discarded")


def _with_parked(work: Callable[[ParkedEvents, CommandContext], Awaitable[T]]) -> T:
    context = CommandContext(uuid4(), command_line_actor(), str(uuid4()))
    try:
        return run_on_infrastructure(lambda infrastructure: work(ParkedEvents.of(infrastructure), context))
    except NothingParked as nothing:
        end(ExitCode.CANNOT, f"nothing is parked as {nothing}")
    except WaitsBehindAnother as waiting:
        end(ExitCode.CANNOT, f"{waiting} waits behind another parked event of its key: retry that one")


def _delivery(event: Parked) -> dict[str, object]:
    return {
        "id": event.id,
        "state": event.state,
        "error": event.error,
        "attempts": event.attempts,
        "parked at": event.parked_at.isoformat(),
        "group": event.group,
        "topic": event.message.topic,
        "key": event.message.key,
    }


def _event(event: Parked) -> dict[str, object]:
    try:
        envelope = event.message.envelope()
    except MalformedEnvelope as problem:
        return {"event": f"unreadable: {problem}"}
    return {
        "event": envelope.type,
        "event id": envelope.id,
        "time": envelope.time.isoformat(),
        "correlation": envelope.correlation_id,
    }
