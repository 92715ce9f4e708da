"""The two unique names of an account, username and e-mail address: reserved both or neither."""

from dataclasses import dataclass

from chassis.commands.context import CommandContext
from identity.application.unique_names import UniqueNames
from identity.domain.account import Account
from identity.domain.errors import NameTaken
from identity.domain.events import Claim
from identity.domain.look_alikes import look_alikes
from identity.domain.profile import Profile, email_key


@dataclass(frozen=True)
class Claims:
    """An account's claims to its names."""

    username: Claim
    email: Claim | None


@dataclass(frozen=True)
class AccountNames:
    """Reserves and releases the names of accounts."""

    usernames: UniqueNames
    emails: UniqueNames

    async def refuse_taken(self, profile: Profile, context: CommandContext) -> None:
        """Raise `UsernameTaken` or `EmailTaken` when a name of the profile is not available."""
        await self.usernames.refuse_taken(profile.username, context)
        if profile.email is not None:
            await self.emails.refuse_taken(email_key(profile.email), context)

    async def claim(self, user_id: int, profile: Profile, account: Account, context: CommandContext) -> Claims:
        """Reserve the names that the account does not have yet. Raises `UsernameTaken` or `EmailTaken`.

        A username is taken when another account has one that looks like it.
        """
        await self._refuse_look_alikes(profile.username, account, context)
        username = await self._claim(self.usernames, profile.username, user_id, account.username, context)
        try:
            email = profile.email and email_key(profile.email)
            return Claims(
                username, await self._claim(self.emails, email, user_id, account.email, context) if email else None
            )
        except NameTaken:
            await self._release(self.usernames, username, account, context)
            raise

    async def release_unused(self, account: Account, before: Account, new: Claims, context: CommandContext) -> None:
        """Release the claims, new ones and those from before, that the account does not use."""
        for names, claims in (
            (self.usernames, (before.username, new.username)),
            (self.emails, (before.email, new.email)),
        ):
            for claim in claims:
                await self._release(names, claim, account, context)

    async def release_all(self, account: Account, context: CommandContext) -> None:
        """Release the names of a deleted account."""
        await self._release(self.usernames, account.username, account, context)
        await self._release(self.emails, account.email, account, context)

    async def _refuse_look_alikes(self, username: str, account: Account, context: CommandContext) -> None:
        if account.has_name(await self.usernames.hash_of(username)):
            return
        for other in look_alikes(username):
            if not account.has_name(await self.usernames.hash_of(other)):
                await self.usernames.refuse_taken(other, context)

    async def _claim(
        self, names: UniqueNames, name: str, user_id: int, current: Claim | None, context: CommandContext
    ) -> Claim:
        if current and current.name == await names.hash_of(name):
            return current
        return await names.reserve(name, user_id, context)

    async def _release(
        self, names: UniqueNames, claim: Claim | None, account: Account, context: CommandContext
    ) -> None:
        if claim and not account.uses(claim):
            await names.release(claim, context)
