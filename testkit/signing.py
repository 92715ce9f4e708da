"""Signed tokens like those of identity, for tests of token verification."""

from dataclasses import dataclass, field
from datetime import timedelta

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from chassis.ports.clock import Clock, SystemClock
from chassis.ports.document_store import Document
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.public_keys import ALGORITHM, PUBLIC_KEYS
from chassis.runtime.token_claims import AUDIENCE, ISSUER


@dataclass
class Signing:
    """A signing key, and tokens signed with it."""

    kid: str = "key-1"
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    clock: Clock = field(default_factory=SystemClock)

    async def publish(self, infrastructure: Infrastructure) -> None:
        """Store the public key, as identity does."""
        jwk = OKPAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        await infrastructure.documents.put_newer(PUBLIC_KEYS, [Document(self.kid, 0, orjson.dumps(jwk))])

    def token(self, user_id: int = 7, *, kid: str | None = None, **claims: object) -> str:
        """Return a token that is valid for an hour; `claims` override the default ones."""
        return self.sign({**self.claims(user_id), **claims}, kid)

    def claims(self, user_id: int = 7) -> dict[str, object]:
        """Return the claims of a token that is valid for an hour."""
        now = self.clock.now()
        return {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user_id),
            "admin": False,
            "gen": 0,
            "iat": now,
            "exp": now + timedelta(hours=1),
            "jti": "j",
        }

    def sign(self, claims: dict[str, object], kid: str | None = None) -> str:
        """Return a token with exactly these claims."""
        return jwt.encode(claims, self.key, ALGORITHM, headers={"kid": kid or self.kid})

    def bearer(self, user_id: int = 7, *, admin: bool = False) -> dict[str, str]:
        """Return the Authorization header of a user."""
        return {"Authorization": f"Bearer {self.token(user_id, admin=admin)}"}
