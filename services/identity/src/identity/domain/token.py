"""The token aggregate: an access token that its user may end before it expires."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from california_gold_contracts.event import Event
from chassis.commands.decider import Decider
from identity.domain.events import TokenRevoked


@dataclass(frozen=True)
class Revoke:
    """End the token."""

    user_id: int
    token_id: str
    expires_at: datetime


def decide(revoked: bool, command: Revoke) -> Sequence[Event]:
    """Return the events of a command."""
    if revoked:
        return []
    return [TokenRevoked(user_id=command.user_id, token_id=command.token_id, expires_at=command.expires_at)]


def evolve(revoked: bool, event: Event) -> bool:
    """Return the state after an event."""
    return revoked or isinstance(event, TokenRevoked)


TOKEN: Decider[bool, Revoke] = Decider(initial=False, decide=decide, evolve=evolve)
