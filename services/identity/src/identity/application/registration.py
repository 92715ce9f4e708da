"""Registration of users."""

from dataclasses import dataclass

from chassis.commands.aggregate import Aggregates
from chassis.commands.context import CommandContext
from chassis.commands.optimistic_concurrency import retry_on_conflict
from chassis.commands.sequence import NumberSequence
from chassis.ports.clock import Clock
from identity.application.account_names import AccountNames
from identity.application.passwords import Passwords
from identity.application.personal_data_cipher import PersonalDataCipher
from identity.application.users import PASSWORD, PROFILE, User, Users
from identity.domain.account import Account, AccountCommand, Register
from identity.domain.errors import NameTaken, StaleCommand
from identity.domain.profile import Profile


@dataclass(frozen=True)
class Registration:
    """Reserves an id and the names, then records the account; an interrupted registration leaves no account."""

    users: Users
    accounts: Aggregates[Account, AccountCommand]
    names: AccountNames
    numbers: NumberSequence
    passwords: Passwords
    cipher: PersonalDataCipher
    clock: Clock

    async def register(self, profile: Profile, password: str, context: CommandContext) -> User:
        """Register a user. Idempotent: the same command returns the same user.

        Raises `UsernameTaken` or `EmailTaken`; then nothing stays reserved.
        """

        async def register() -> User:
            if repeated := await self._repeated(profile, context):
                return repeated
            try:
                await self.names.refuse_taken(profile, context)
                return await self._register(profile, password, context)
            except NameTaken:
                if await self._is_in_progress(profile, context):
                    raise StaleCommand from None
                raise

        # Concurrent repeats of one registration make each other's attempts stale.
        return await retry_on_conflict(register, "registration", conflict=StaleCommand)

    async def _is_in_progress(self, profile: Profile, context: CommandContext) -> bool:
        """Return whether the same command, sent twice, has reserved the username."""
        reservation = await self.users.usernames.reservation(profile.username)
        return reservation is not None and reservation.command == context.command_id

    async def _repeated(self, profile: Profile, context: CommandContext) -> User | None:
        reservation = await self.users.usernames.reservation(profile.username)
        if reservation is None or reservation.command != context.command_id:
            return None
        handled = await self.accounts.load(reservation.user_id)
        if not handled.state.active:
            return None
        return await self.users.decrypted(reservation.user_id, handled.state, handled.revision)

    async def _register(self, profile: Profile, password: str, context: CommandContext) -> User:
        password_hash = await self.passwords.hash(password)
        user_id = await self.numbers.allocate(str(context.command_id), context)
        claims = await self.names.claim(user_id, profile, Account(), context)
        command = Register(
            user_id,
            claims.username,
            claims.email,
            await self.cipher.encrypt(user_id, PROFILE, profile.model_dump_json()),
            await self.cipher.encrypt(user_id, PASSWORD, password_hash),
            self.clock.now(),
        )
        try:
            handled = await self.accounts.handle(user_id, command, context)
        except StaleCommand:
            await self.names.release_unused(Account(), Account(), claims, context)
            raise
        return await self.users.decrypted(user_id, handled.state, handled.revision)
