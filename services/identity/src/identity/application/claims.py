"""Username and e-mail address, taken both or neither."""

from dataclasses import dataclass

from chassis.commands.context import CommandContext
from identity.application.names import Names
from identity.domain.account import Account
from identity.domain.errors import NameTaken
from identity.domain.events import Claim
from identity.domain.profile import Profile, email_key


@dataclass(frozen=True)
class Claims:
    """What an account rests its names on."""

    username: Claim
    email: Claim | None


@dataclass(frozen=True)
class Claiming:
    """Reserves and releases the two names of accounts."""

    usernames: Names
    emails: Names

    async def refuse_taken(self, profile: Profile, context: CommandContext) -> None:
        """Raise `UsernameTaken` or `EmailTaken` when the profile's names can't be had now."""
        await self.usernames.refuse_taken(profile.username, context)
        if profile.email is not None:
            await self.emails.refuse_taken(email_key(profile.email), context)

    async def claim(self, user_id: int, profile: Profile, account: Account, context: CommandContext) -> Claims:
        """Reserve the names that the account does not hold yet. Raises `UsernameTaken` or `EmailTaken`."""
        username = await self._claim(self.usernames, profile.username, user_id, account.username, context)
        try:
            email = profile.email and email_key(profile.email)
            return Claims(
                username, await self._claim(self.emails, email, user_id, account.email, context) if email else None
            )
        except NameTaken:
            await self._release(self.usernames, username, account, context)
            raise

    async def release_unheld(self, account: Account, before: Account, new: Claims, context: CommandContext) -> None:
        """Free what was claimed, now or before, and is not the account's."""
        for names, claims in (
            (self.usernames, (before.username, new.username)),
            (self.emails, (before.email, new.email)),
        ):
            for claim in claims:
                await self._release(names, claim, account, context)

    async def release_all(self, account: Account, context: CommandContext) -> None:
        """Free the names of a deleted account."""
        await self._release(self.usernames, account.username, account, context)
        await self._release(self.emails, account.email, account, context)

    async def _claim(
        self, names: Names, name: str, user_id: int, present: Claim | None, context: CommandContext
    ) -> Claim:
        if present and present.name == await names.keyed(name):
            return present
        return await names.reserve(name, user_id, context)

    async def _release(self, names: Names, claim: Claim | None, account: Account, context: CommandContext) -> None:
        if claim and not account.rests_on(claim):
            await names.release(claim, context)
