"""How a user proves who they are."""

from dataclasses import dataclass

from chassis.ports.key_store import KeyShredded
from identity.application.passwords import Passwords
from identity.application.sealing import Sealing
from identity.application.signing import Signing
from identity.application.users import PASSWORD, User, Users
from identity.domain.errors import UserNotFound, WrongCredentials


@dataclass(frozen=True)
class Login:
    """Exchanges username and password for a token."""

    users: Users
    sealing: Sealing
    passwords: Passwords
    signing: Signing

    async def login(self, username: str, password: str) -> str:
        """Return a token. Raises `WrongCredentials`, after the same work whether there is such a user or not."""
        user, known = await self._find(username)
        fits = await self.passwords.verify(password, known)
        if user is None or not fits:
            raise WrongCredentials
        return await self.signing.token(user.id, admin=user.account.admin)

    async def _find(self, username: str) -> tuple[User | None, str | None]:
        try:
            user = await self.users.find_by_username(username)
            return user, await self.sealing.open(user.id, PASSWORD, user.account.password)
        except (UserNotFound, KeyShredded):
            return None, None
