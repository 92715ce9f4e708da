"""Issues access tokens: JSON Web Tokens (RFC 7519) signed with Ed25519."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chassis.ports.clock import Clock
from chassis.ports.document_store import Document, DocumentStore
from chassis.ports.key_store import KeyStore
from chassis.runtime.public_keys import ALGORITHM, PUBLIC_KEYS
from chassis.runtime.token_claims import AUDIENCE, ISSUER, TokenClaims

KEY_SUBJECT = "identity:token-signing"


@dataclass
class TokenIssuer:
    """Signs tokens and publishes the public key, so that every service verifies tokens without a shared secret."""

    keys: KeyStore
    documents: DocumentStore
    clock: Clock
    lifetime: timedelta
    _published: bool = field(default=False, init=False)

    async def issue(self, user_id: int, *, admin: bool, generation: int) -> str:
        """Return a token of a user, valid for `lifetime` or until the user's tokens of this generation are revoked."""
        await self.publish()
        key, now = await self._key(), int(self.clock.now().timestamp())
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
        return jwt.encode(claims.model_dump(), key, ALGORITHM, headers={"kid": (await self.public_key())["kid"]})

    async def publish(self) -> None:
        """Publish the public key to every service. Runs before the first token is issued."""
        if self._published:
            return
        jwk = await self.public_key()
        await self.documents.put_newer(PUBLIC_KEYS, [Document(jwk["kid"], 0, orjson.dumps(jwk))])
        self._published = True

    async def public_key(self) -> dict[str, str]:
        """Return the public key as JWK (RFC 8037), named by its thumbprint (RFC 7638)."""
        raw = (await self._key()).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        required = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(raw)}
        kid = _base64url(sha256(orjson.dumps(required, option=orjson.OPT_SORT_KEYS)).digest())
        return {**required, "kid": kid, "alg": ALGORITHM, "use": "sig"}

    async def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(await self.keys.key_for(KEY_SUBJECT))


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
