"""The account aggregate. It has its names as keyed hashes only, and its profile and password encrypted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from uuid import UUID

from california_gold_contracts.event import Event
from chassis.commands.decider import Decider
from identity.domain.errors import StaleCommand, UserNotFound
from identity.domain.events import (
    AdminGranted,
    Claim,
    ClaimWithdrawn,
    PasswordChanged,
    ProfileChanged,
    UserDeleted,
    UserRegistered,
)


class AccountStatus(Enum):
    """The life cycle of an account."""

    UNREGISTERED = auto()
    ACTIVE = auto()
    DELETED = auto()


@dataclass(frozen=True)
class Account:
    """An account's state. `profile` and `password` are encrypted; `withdrawn` are reservations it may no longer use.

    `token_generation` counts the changes of the password: tokens of an earlier generation are revoked.
    """

    status: AccountStatus = AccountStatus.UNREGISTERED
    user_id: int = 0
    username: Claim | None = None
    email: Claim | None = None
    profile: str = ""
    password: str = ""
    token_generation: int = 0
    admin: bool = False
    registered_at: datetime | None = None
    updated_at: datetime | None = None
    withdrawn: frozenset[UUID] = frozenset()

    @property
    def active(self) -> bool:
        """Whether the account is registered and not deleted."""
        return self.status is AccountStatus.ACTIVE

    @property
    def claims(self) -> Sequence[Claim]:
        """The claims to the account's names; of a deleted account, the claims that are to be released."""
        return [claim for claim in (self.username, self.email) if claim]

    def has_name(self, name_hash: str) -> bool:
        """Whether the account has the name with this keyed hash."""
        return self.active and any(claim.name == name_hash for claim in self.claims)

    def uses(self, claim: Claim) -> bool:
        """Whether the account has a name by this claim, and not by a later reservation of the same name."""
        return self.active and claim in self.claims


@dataclass(frozen=True)
class Register:
    """Register the account."""

    user_id: int
    username: Claim
    email: Claim | None
    profile: str
    password: str
    at: datetime


@dataclass(frozen=True)
class ChangeProfile:
    """Replace the profile whose encrypted form is `based_on`, and the password if one is given."""

    user_id: int
    based_on: str
    username: Claim
    email: Claim | None
    profile: str
    password: str | None
    at: datetime


@dataclass(frozen=True)
class GrantAdmin:
    """Make the user an administrator."""

    user_id: int


@dataclass(frozen=True)
class WithdrawClaim:
    """Bar the account from using a reservation of `name` (its keyed hash), unless it uses it already."""

    user_id: int
    name: str
    reservation: UUID


@dataclass(frozen=True)
class Delete:
    """Delete the account."""

    user_id: int


AccountCommand = Register | ChangeProfile | GrantAdmin | WithdrawClaim | Delete


def decide(account: Account, command: AccountCommand) -> Sequence[Event]:
    """Return the events of a command. Raises `UserNotFound` and `StaleCommand`."""
    match command:
        case Register():
            return _register(account, command)
        case WithdrawClaim(user_id, name, reservation):
            done = account.has_name(name) or reservation in account.withdrawn or account.status is AccountStatus.DELETED
            return [] if done else [ClaimWithdrawn(user_id=user_id, reservation=reservation)]
        case _ if not account.active:
            raise UserNotFound
        case ChangeProfile():
            return _change(account, command)
        case GrantAdmin(user_id):
            return [] if account.admin else [AdminGranted(user_id=user_id)]
        case Delete(user_id):
            return [UserDeleted(user_id=user_id)]


def _register(account: Account, command: Register) -> Sequence[Event]:
    if account.status is not AccountStatus.UNREGISTERED:
        raise StaleCommand
    _refuse_withdrawn(account, command.username, command.email)
    return [
        UserRegistered(
            user_id=command.user_id,
            username=command.username,
            email=command.email,
            profile=command.profile,
            password=command.password,
            at=command.at,
        )
    ]


def _change(account: Account, command: ChangeProfile) -> Sequence[Event]:
    if account.profile != command.based_on:
        raise StaleCommand
    _refuse_withdrawn(account, command.username, command.email)
    events: list[Event] = []
    if command.profile != command.based_on:
        events.append(
            ProfileChanged(
                user_id=command.user_id,
                username=command.username,
                email=command.email,
                profile=command.profile,
                at=command.at,
            )
        )
    if command.password is not None:
        generation = account.token_generation + 1
        changed = PasswordChanged(
            user_id=command.user_id, password=command.password, at=command.at, generation=generation
        )
        events.append(changed)
    return events


def _refuse_withdrawn(account: Account, *claims: Claim | None) -> None:
    if any(claim.reservation in account.withdrawn for claim in claims if claim):
        raise StaleCommand


def evolve(account: Account, event: Event) -> Account:
    """Return the state after an event."""
    match event:
        case UserRegistered():
            return replace(
                account,
                status=AccountStatus.ACTIVE,
                user_id=event.user_id,
                username=event.username,
                email=event.email,
                profile=event.profile,
                password=event.password,
                registered_at=event.at,
            )
        case ProfileChanged():
            return replace(
                account, username=event.username, email=event.email, profile=event.profile, updated_at=event.at
            )
        case PasswordChanged():
            generation = max(account.token_generation, event.generation)
            return replace(account, password=event.password, token_generation=generation, updated_at=event.at)
        case AdminGranted():
            return replace(account, admin=True)
        case ClaimWithdrawn():
            return replace(account, withdrawn=account.withdrawn | {event.reservation})
        case UserDeleted():
            return replace(account, status=AccountStatus.DELETED)
        case _:
            return account


ACCOUNT = Decider(Account(), decide, evolve)
