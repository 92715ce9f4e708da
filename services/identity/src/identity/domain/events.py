"""What identity stores. Personal data is in it only sealed; the public events are mapped from these."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from california_gold_contracts.catalog import Catalog
from california_gold_contracts.event import Event, Value


class Claim(Value):
    """A right to a name: `name` is its keyed hash, `reservation` the reservation that the right rests on."""

    name: str
    reservation: UUID


class AccountEvent(Event):
    """A fact about one account, in the stream `user-<user_id>`."""

    user_id: int


class UserRegistered(AccountEvent):
    """The account exists. `profile` (JSON) and `password` (an Argon2id hash) are sealed under the user's key."""

    wire_type: ClassVar[str] = "identity.user-registered.v1"

    username: Claim
    email: Claim | None
    profile: str
    password: str
    at: datetime


class ProfileChanged(AccountEvent):
    """Name, address and profile are these from now on."""

    wire_type: ClassVar[str] = "identity.profile-changed.v1"

    username: Claim
    email: Claim | None
    profile: str
    at: datetime


class PasswordChanged(AccountEvent):
    """Only the new password counts."""

    wire_type: ClassVar[str] = "identity.password-changed.v1"

    password: str
    at: datetime


class AdminGranted(AccountEvent):
    """The user may see and change every account."""

    wire_type: ClassVar[str] = "identity.admin-granted.v1"


class ClaimWithdrawn(AccountEvent):
    """The reservation was left unused for too long: this account can't rest a claim on it any more."""

    wire_type: ClassVar[str] = "identity.claim-withdrawn.v1"

    reservation: UUID


class UserDeleted(AccountEvent):
    """The account is gone; its key, and with it all personal data, follows."""

    wire_type: ClassVar[str] = "identity.user-deleted.v1"


class NameReserved(Event):
    """A name is kept for an account by `command`, which has until `expires_at` to give it to that account."""

    wire_type: ClassVar[str] = "identity.name-reserved.v1"

    reservation: UUID
    user_id: int
    command: UUID
    expires_at: datetime


class NameReleased(Event):
    """Anybody may have the name."""

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
        NameReserved,
        NameReleased,
    )
)
