"""Public events of access tokens that end before they expire. They carry ids only."""

from datetime import datetime
from typing import ClassVar

from california_gold_contracts.event import Event


class TokenRevoked(Event):
    """The user logged out: this token (its claim `jti`) is refused until it would have expired."""

    wire_type: ClassVar[str] = "tokens.token-revoked.v1"

    user_id: int
    token_id: str
    expires_at: datetime


class UserTokensRevoked(Event):
    """The password was changed: tokens of the user with a lower `gen` claim than `generation` are refused."""

    wire_type: ClassVar[str] = "tokens.user-tokens-revoked.v1"

    user_id: int
    generation: int
