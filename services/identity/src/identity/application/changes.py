"""Changes and deletion of accounts, by their owners or by an administrator."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from chassis.commands.aggregate import Aggregates
from chassis.commands.caller import Caller
from chassis.commands.context import CommandContext
from chassis.commands.write_queues import WriteQueues
from chassis.ports.clock import Clock
from chassis.ports.key_store import KeyShredded
from identity.application.account_names import AccountNames
from identity.application.erasure import Erasure
from identity.application.failed_logins import FailedLogins
from identity.application.passwords import Passwords
from identity.application.personal_data_cipher import PersonalDataCipher
from identity.application.users import PASSWORD, PROFILE, User, Users
from identity.domain.account import Account, AccountCommand, ChangeProfile, Delete, GrantAdmin
from identity.domain.errors import NotAccountOwner, StaleCommand, UserNotFound, WrongCurrentPassword
from identity.domain.profile import Profile
from identity.domain.usernames import username_key


@dataclass(frozen=True)
class NewPassword:
    """A new password, and the present one of the caller: a found token alone must not be enough."""

    new: str = field(repr=False)
    current: str = field(repr=False)
    address: str
    """Where the request comes from: a wrong present password counts as a log-in that failed (ADR 35)."""


@dataclass(frozen=True)
class Changes:
    """Changes and deletes accounts."""

    users: Users
    accounts: Aggregates[Account, AccountCommand]
    names: AccountNames
    passwords: Passwords
    cipher: PersonalDataCipher
    erasure: Erasure
    failed_logins: FailedLogins
    clock: Clock
    _queues: WriteQueues = field(init=False, repr=False, compare=False, default_factory=WriteQueues)

    async def change(
        self,
        caller: Caller,
        user_id: int,
        fields: Mapping[str, str | None],
        password: NewPassword | None,
        context: CommandContext,
    ) -> User:
        """Replace the given fields of the profile, and the password when there is one; all or nothing.

        Raises `UserNotFound`, `NotAccountOwner`, `WrongCurrentPassword`, `TooManyTries`, `UsernameTaken` or
        `EmailTaken`.
        """
        await self._authorize(caller, user_id)

        async def change() -> User:
            return await self._change(await self.users.find(user_id), fields, password_hash, context)

        try:
            password_hash = await self._new_hash(caller, password) if password is not None else None
            return await self._queues.write(f"user {user_id}", change, conflict=StaleCommand)
        except KeyShredded:
            raise UserNotFound from None

    async def delete(self, caller: Caller, user_id: int, context: CommandContext) -> int:
        """Delete an account and erase its personal data; return its revision.

        Raises `UserNotFound` or `NotAccountOwner`.
        """
        await self._authorize(caller, user_id)
        handled = await self.accounts.handle(user_id, Delete(user_id), context)
        await self.erasure.erase(user_id, handled.state, context)
        return handled.revision

    async def grant_admin(self, username: str, context: CommandContext) -> None:
        """Make a user an administrator, from the next log-in on. Raises `UserNotFound`."""
        user = await self.users.find_by_username(username)
        await self.accounts.handle(user.id, GrantAdmin(user.id), context)

    async def _authorize(self, caller: Caller, user_id: int) -> None:
        await self.users.find(user_id)
        if caller.user_id != user_id and not caller.admin:
            raise NotAccountOwner

    async def _new_hash(self, caller: Caller, password: NewPassword) -> str:
        user = await self.users.find(caller.user_id)
        current_hash = await self.cipher.decrypt(user.id, PASSWORD, user.account.password)
        async with self.failed_logins.attempt(username_key(user.profile.username), password.address):
            if not await self.passwords.verify(password.current, current_hash):
                raise WrongCurrentPassword
        return await self.passwords.hash(password.new)

    async def _change(
        self, user: User, fields: Mapping[str, str | None], password_hash: str | None, context: CommandContext
    ) -> User:
        profile = user.profile.changed(fields)
        encrypted = await self._encrypted(user, profile)
        encrypted_password = password_hash and await self.cipher.encrypt(user.id, PASSWORD, password_hash)
        claims = await self.names.claim(user.id, profile, user.account, context)
        command = ChangeProfile(
            user_id=user.id,
            based_on=user.account.profile,
            username=claims.username,
            email=claims.email,
            profile=encrypted,
            password=encrypted_password,
            at=self.clock.now(),
        )
        try:
            handled = await self.accounts.handle(user.id, command, context)
        finally:
            current = await self.accounts.load(user.id)
            await self.names.release_unused(current.state, user.account, claims, context)
        return await self.users.decrypted(user.id, handled.state, handled.revision)

    async def _encrypted(self, user: User, profile: Profile) -> str:
        if profile == user.profile:
            return user.account.profile
        return await self.cipher.encrypt(user.id, PROFILE, profile.model_dump_json())
