"""Accounts as people know them: opened, found by id or by name."""

from dataclasses import dataclass
from datetime import datetime

from chassis.commands.aggregate import Aggregates
from chassis.commands.text import nfc
from chassis.ports.key_store import KeyShredded
from identity.application.names import Names
from identity.application.sealing import Sealing
from identity.domain.account import Account, AccountCommand
from identity.domain.errors import UserNotFound
from identity.domain.profile import Profile

PROFILE = "profile"
PASSWORD = "password"  # noqa: S105  (the field's name)


@dataclass(frozen=True)
class Person:
    """Who somebody is."""

    id: int
    profile: Profile
    created_at: datetime
    updated_at: datetime | None


@dataclass(frozen=True)
class User(Person):
    """A person with an account that exists, as of `revision` of its stream."""

    account: Account
    revision: int


@dataclass(frozen=True)
class Users:
    """Finds users in their streams, so that what was just written is seen at once."""

    accounts: Aggregates[Account, AccountCommand]
    usernames: Names
    sealing: Sealing

    async def find(self, user_id: int) -> User:
        """Return a user. Raises `UserNotFound`."""
        handled = await self.accounts.load(user_id)
        return await self.opened(user_id, handled.state, handled.revision)

    async def find_by_username(self, username: str) -> User:
        """Return the user who has this name. Raises `UserNotFound`."""
        name = await self.usernames.keyed(nfc(username))
        kept = await self.usernames.reservation(nfc(username))
        user = await self.find(kept.user_id if kept else 0)
        if not user.account.holds(name):
            raise UserNotFound
        return user

    async def opened(self, user_id: int, account: Account, revision: int) -> User:
        """Unseal an account. Raises `UserNotFound` when it does not exist (any more)."""
        if not account.active or account.registered_at is None:
            raise UserNotFound
        try:
            profile = Profile.model_validate_json(await self.sealing.open(user_id, PROFILE, account.profile))
        except KeyShredded:
            raise UserNotFound from None
        return User(user_id, profile, account.registered_at, account.updated_at, account, revision)
