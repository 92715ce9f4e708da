"""The reservation of one unique name (a username or an e-mail address): at most one account has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from california_gold_contracts.event import Event
from chassis.commands.decider import Decider
from identity.domain.events import NameReleased, NameReserved

Reservation = NameReserved | None
"""The current reservation of the name; None when the name is free."""


class AlreadyReserved(Exception):
    """The name is reserved for another account."""


@dataclass(frozen=True)
class Reserve:
    """Reserve the name for an account. `replaces` is a reservation that was found to be void."""

    reservation: UUID
    user_id: int
    command: UUID
    expires_at: datetime
    replaces: UUID | None = None


@dataclass(frozen=True)
class Release:
    """Free the name, if this is still its reservation."""

    reservation: UUID


ReservationCommand = Reserve | Release


def decide(current: Reservation, command: ReservationCommand) -> Sequence[Event]:
    """Return the events of a command. Raises `AlreadyReserved`."""
    reservation = current.reservation if current else None
    match command:
        case Reserve():
            if reservation not in {None, command.replaces}:
                raise AlreadyReserved
            return [
                NameReserved(
                    reservation=command.reservation,
                    user_id=command.user_id,
                    command=command.command,
                    expires_at=command.expires_at,
                )
            ]
        case Release(released):
            return [NameReleased(reservation=released)] if reservation == released else []


def evolve(current: Reservation, event: Event) -> Reservation:
    """Return the state after an event."""
    match event:
        case NameReserved():
            return event
        case NameReleased():
            return None
        case _:
            return current


RESERVATION: Decider[Reservation, ReservationCommand] = Decider(None, decide, evolve)
