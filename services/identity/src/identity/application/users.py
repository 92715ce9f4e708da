"""Users: accounts with decrypted profiles, found by id or by username."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from chassis.commands.aggregate import Aggregates
from chassis.commands.text import nfc
from chassis.ports.key_store import KeyShredded
from identity.application.personal_data_cipher import PersonalDataCipher
from identity.application.unique_names import UniqueNames
from identity.domain.account import Account, AccountCommand
from identity.domain.errors import UserNotFound
from identity.domain.profile import Profile
from identity.domain.usernames import username_key

PROFILE = "profile"
PASSWORD = "password"  # noqa: S105  (the field's name)


@dataclass(frozen=True)
class Person:
    """A user's id and profile."""

    id: int
    profile: Profile
    created_at: datetime
    updated_at: datetime | None


@dataclass(frozen=True)
class User(Person):
    """A person with an active account, as of `revision` of its stream."""

    account: Account
    revision: int


@dataclass(frozen=True)
class Users:
    """Reads users from their event streams: strongly consistent, unlike the directory."""

    accounts: Aggregates[Account, AccountCommand]
    usernames: UniqueNames
    cipher: PersonalDataCipher

    async def find(self, user_id: int) -> User:
        """Return a user. Raises `UserNotFound`."""
        account = await self.accounts.load(user_id)
        return await self.decrypted(user_id, account.state, account.revision)

    async def name_hash(self, username: str) -> str:
        """Return the keyed hash of a username."""
        return await self.usernames.hash_of(username_key(username))

    async def find_by_username(self, username: str) -> User:
        """Return the user with a username. Raises `UserNotFound`.

        A name of before RFC 8265 may be wide or narrow, so the name as it is typed comes first.
        """
        typed, key = nfc(username), username_key(username)
        if typed != key:
            with suppress(UserNotFound):
                return await self._find_by_key(typed)
        return await self._find_by_key(key)

    async def _find_by_key(self, key: str) -> User:
        reservation = await self.usernames.reservation(key)
        user = await self.find(reservation.user_id if reservation else 0)
        if not user.account.has_name(await self.usernames.hash_of(key)):
            raise UserNotFound
        return user

    async def decrypted(self, user_id: int, account: Account, revision: int) -> User:
        """Return an account with its profile decrypted. Raises `UserNotFound` when it is not active."""
        if not account.active or account.registered_at is None:
            raise UserNotFound
        try:
            profile = Profile.model_validate_json(await self.cipher.decrypt(user_id, PROFILE, account.profile))
        except KeyShredded:
            raise UserNotFound from None
        return User(user_id, profile, account.registered_at, account.updated_at, account, revision)
