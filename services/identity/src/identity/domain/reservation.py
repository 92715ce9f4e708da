"""One name (a username or an e-mail address) and who keeps it; no two accounts can."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from california_gold_contracts.event import Event
from chassis.commands.decider import Decider
from identity.domain.events import NameReleased, NameReserved

Reservation = NameReserved | None
"""Who keeps the name; None: nobody."""


class NameKept(Exception):
    """The name is kept for somebody."""


@dataclass(frozen=True)
class Reserve:
    """Keep the name for an account. `instead_of` is the reservation that was found to be void, if there is one."""

    reservation: UUID
    user_id: int
    command: UUID
    expires_at: datetime
    instead_of: UUID | None = None


@dataclass(frozen=True)
class Release:
    """Give the name up, if it is still kept by this reservation."""

    reservation: UUID


ReservationCommand = Reserve | Release


def decide(kept: Reservation, command: ReservationCommand) -> Sequence[Event]:
    """Return what a command leads to. Raises `NameKept`."""
    present = kept.reservation if kept else None
    match command:
        case Reserve():
            if present not in {None, command.instead_of}:
                raise NameKept
            return [
                NameReserved(
                    reservation=command.reservation,
                    user_id=command.user_id,
                    command=command.command,
                    expires_at=command.expires_at,
                )
            ]
        case Release(reservation):
            return [NameReleased(reservation=reservation)] if present == reservation else []


def evolve(kept: Reservation, event: Event) -> Reservation:
    """Fold one event."""
    match event:
        case NameReserved():
            return event
        case NameReleased():
            return None
        case _:
            return kept


RESERVATION: Decider[Reservation, ReservationCommand] = Decider(None, decide, evolve)
