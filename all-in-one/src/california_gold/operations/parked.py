"""Managing parked events: events that could not be handled, and what an operator decides about them."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer

from california_gold.command_infrastructure import run_on_infrastructure
from california_gold.exit_codes import ExitCode, end
from california_gold_contracts.envelope import MalformedEnvelope, from_message
from chassis.messaging.parking import Parked, Parking

T = TypeVar("T")


def print_list() -> None:
    """Print all parked events."""
    events = _with_parking(lambda parking: parking.of_every_group())
    if not events:
        typer.echo("nothing is parked")
        return
    for event in events:
        parked_at = f"{event.parked_at:%Y-%m-%d %H:%M:%S}"
        typer.echo(f"{event.id}  {event.state}  {event.attempts} attempts  {parked_at}  {event.error}")


def print_one(parked_id: str) -> None:
    """Print one parked event without its data."""
    event = _existing(parked_id, _with_parking(lambda parking: parking.get(parked_id)))
    for name, value in {**_delivery(event), **_event(event)}.items():
        typer.echo(f"{name:<12} {value}")


def retry(parked_id: str) -> None:
    """Schedule a parked event for another attempt."""
    _existing(parked_id, _with_parking(lambda parking: parking.retry(parked_id)))
    typer.echo(f"{parked_id} will be processed again")


def discard(parked_id: str) -> None:
    """Discard a parked event."""
    _existing(parked_id, _with_parking(lambda parking: parking.discard(parked_id)))
    typer.echo(f"{parked_id} is discarded")


def _with_parking(work: Callable[[Parking], Awaitable[T]]) -> T:
    return run_on_infrastructure(lambda infrastructure: work(Parking(infrastructure.documents, infrastructure.clock)))


def _existing(parked_id: str, found: T | None) -> T:
    if not found:
        end(ExitCode.CANNOT, f"nothing is parked as {parked_id}")
    return found


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
        envelope = from_message(event.message.headers, event.message.value)
    except MalformedEnvelope as problem:
        return {"event": f"unreadable: {problem}"}
    return {
        "event": envelope.type,
        "event id": envelope.id,
        "time": envelope.time.isoformat(),
        "correlation": envelope.correlation_id,
    }
