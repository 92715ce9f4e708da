"""The stored events of identity. Personal data is encrypted; the public events are mapped from these."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from california_gold_contracts.catalog import Catalog
from california_gold_contracts.event import Event, Value


class Claim(Value):
    """A right to a name: `name` is its keyed hash, `reservation` the id of its reservation."""

    name: str
    reservation: UUID


class AccountEvent(Event):
    """An event of one account, in the stream `user-<user_id>`."""

    user_id: int


class UserRegistered(AccountEvent):
    """An account was registered. `profile` (JSON) and `password` (Argon2id hash) are encrypted with the user's key."""

    wire_type: ClassVar[str] = "identity.user-registered.v1"

    username: Claim
    email: Claim | None
    profile: str
    password: str
    at: datetime


class ProfileChanged(AccountEvent):
    """The names and the profile were replaced."""

    wire_type: ClassVar[str] = "identity.profile-changed.v1"

    username: Claim
    email: Claim | None
    profile: str
    at: datetime


class PasswordChanged(AccountEvent):
    """The password was replaced."""

    wire_type: ClassVar[str] = "identity.password-changed.v1"

    password: str
    at: datetime
    generation: int = 0
    """How often the password was changed: tokens of an earlier generation are revoked. 0: recorded before 0.2.0."""


class AdminGranted(AccountEvent):
    """The user became an administrator, who may see and change every account."""

    wire_type: ClassVar[str] = "identity.admin-granted.v1"


class ClaimWithdrawn(AccountEvent):
    """The reservation expired unused: this account may no longer use it."""

    wire_type: ClassVar[str] = "identity.claim-withdrawn.v1"

    reservation: UUID


class UserDeleted(AccountEvent):
    """The account was deleted; its key, and with it all personal data, is shredded next."""

    wire_type: ClassVar[str] = "identity.user-deleted.v1"


class TokenRevoked(AccountEvent):
    """The user logged out: the token (its claim `jti`) is revoked. In the stream `token-<token_id>`."""

    wire_type: ClassVar[str] = "identity.token-revoked.v1"

    token_id: str
    expires_at: datetime


class NameReserved(Event):
    """A name was reserved for an account by `command`, which may use it until `expires_at`."""

    wire_type: ClassVar[str] = "identity.name-reserved.v1"

    reservation: UUID
    user_id: int
    command: UUID
    expires_at: datetime


class NameReleased(Event):
    """The name became free."""

    wire_type: ClassVar[str] = "identity.name-released.v1"

    reservation: UUID


STORED = Catalog(
    (
        UserRegistered,
        ProfileChanged,
        PasswordChanged,
        AdminGranted,
        ClaimWithdrawn,
        UserDeleted,
        TokenRevoked,
        NameReserved,
        NameReleased,
    )
)
