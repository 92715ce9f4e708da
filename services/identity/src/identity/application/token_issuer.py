"""Issues access tokens: JSON Web Tokens (RFC 7519) signed with Ed25519."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import jwt

from chassis.ports.clock import Clock
from chassis.runtime.public_keys import ALGORITHM
from chassis.runtime.token_claims import AUDIENCE, ISSUER, TokenClaims
from identity.application.signing_keys import SigningKeys


@dataclass(frozen=True)
class TokenIssuer:
    """Signs tokens with the newest key, so that every service verifies them without a shared secret."""

    keys: SigningKeys
    clock: Clock
    lifetime: timedelta

    async def issue(self, user_id: int, *, admin: bool, generation: int) -> str:
        """Return a token of a user, valid for `lifetime` or until the user's tokens of this generation are revoked."""
        key, now = await self.keys.newest(), int(self.clock.now().timestamp())
        claims = TokenClaims(
            iss=ISSUER,
            aud=AUDIENCE,
            sub=str(user_id),
            admin=admin,
            gen=generation,
            iat=now,
            exp=now + int(self.lifetime.total_seconds()),
            jti=str(uuid4()),
        )
        return jwt.encode(claims.model_dump(), key.private, ALGORITHM, headers={"kid": key.kid})
