"""Login: exchanges a username and a password for a token."""

from dataclasses import dataclass, field

from chassis.ports.key_store import KeyShredded
from identity.application.failed_logins import FailedLogins
from identity.application.passwords import Passwords
from identity.application.personal_data_cipher import PersonalDataCipher
from identity.application.token_issuer import TokenIssuer
from identity.application.users import PASSWORD, User, Users
from identity.domain.errors import UserNotFound, WrongCredentials
from identity.domain.usernames import username_key


@dataclass(frozen=True)
class LoggedIn:
    """A user and their new token."""

    user_id: int
    token: str = field(repr=False)


@dataclass(frozen=True)
class Login:
    """Verifies credentials and issues tokens."""

    users: Users
    cipher: PersonalDataCipher
    passwords: Passwords
    token_issuer: TokenIssuer
    failed_logins: FailedLogins

    async def login(self, username: str, password: str, address: str) -> LoggedIn:
        """Return a token. Raises `WrongCredentials` or `TooManyTries`, alike whether the user exists or not."""
        async with self.failed_logins.attempt(username_key(username), address):
            return await self._checked(username, password)

    async def _checked(self, username: str, password: str) -> LoggedIn:
        user, password_hash = await self._find(username)
        matches = await self.passwords.verify(password, password_hash)
        if user is None or not matches:
            raise WrongCredentials(user.id if user else None)
        token = await self.token_issuer.issue(
            user.id, admin=user.account.admin, generation=user.account.token_generation
        )
        return LoggedIn(user.id, token)

    async def _find(self, username: str) -> tuple[User | None, str | None]:
        try:
            user = await self.users.find_by_username(username)
            return user, await self.cipher.decrypt(user.id, PASSWORD, user.account.password)
        except (UserNotFound, KeyShredded):
            return None, None
