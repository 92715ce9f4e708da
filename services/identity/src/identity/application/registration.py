"""How somebody becomes a user."""

from dataclasses import dataclass

from chassis.commands.aggregate import Aggregates
from chassis.commands.context import CommandContext
from chassis.commands.optimistic_concurrency import retry_on_conflict
from chassis.commands.sequence import NumberSequence
from chassis.ports.clock import Clock
from identity.application.claims import Claiming
from identity.application.passwords import Passwords
from identity.application.sealing import Sealing
from identity.application.users import PASSWORD, PROFILE, User, Users
from identity.domain.account import Account, AccountCommand, Register
from identity.domain.errors import NameTaken, StaleCommand
from identity.domain.profile import Profile

_MAX_ATTEMPTS = 5


@dataclass(frozen=True)
class Registration:
    """Takes a number and the names, then records the account: whoever is interrupted in between has taken nothing."""

    users: Users
    accounts: Aggregates[Account, AccountCommand]
    claiming: Claiming
    numbers: NumberSequence
    passwords: Passwords
    sealing: Sealing
    clock: Clock

    async def register(self, profile: Profile, password: str, context: CommandContext) -> User:
        """Register a user. The same command again returns the same user.

        Raises `UsernameTaken` or `EmailTaken`; then nothing is kept.
        """

        async def register() -> User:
            if repeated := await self._repeated(profile, context):
                return repeated
            try:
                await self.claiming.refuse_taken(profile, context)
                return await self._register(profile, password, context)
            except NameTaken:
                if await self._is_under_way(profile, context):
                    raise StaleCommand from None
                raise

        return await retry_on_conflict(register, "registration", conflict=StaleCommand, max_attempts=_MAX_ATTEMPTS)

    async def _is_under_way(self, profile: Profile, context: CommandContext) -> bool:
        """Say whether the name went to the same command, which a client sent twice."""
        kept = await self.users.usernames.reservation(profile.username)
        return kept is not None and kept.command == context.command_id

    async def _repeated(self, profile: Profile, context: CommandContext) -> User | None:
        kept = await self.users.usernames.reservation(profile.username)
        if kept is None or kept.command != context.command_id:
            return None
        handled = await self.accounts.load(kept.user_id)
        if not handled.state.active:
            return None
        return await self.users.opened(kept.user_id, handled.state, handled.revision)

    async def _register(self, profile: Profile, password: str, context: CommandContext) -> User:
        password_hash = await self.passwords.hash(password)
        user_id = await self.numbers.allocate(str(context.command_id), context)
        claims = await self.claiming.claim(user_id, profile, Account(), context)
        command = Register(
            user_id,
            claims.username,
            claims.email,
            await self.sealing.seal(user_id, PROFILE, profile.model_dump_json()),
            await self.sealing.seal(user_id, PASSWORD, password_hash),
            self.clock.now(),
        )
        try:
            handled = await self.accounts.handle(user_id, command, context)
        except StaleCommand:
            await self.claiming.release_unheld(Account(), Account(), claims, context)
            raise
        return await self.users.opened(user_id, handled.state, handled.revision)
