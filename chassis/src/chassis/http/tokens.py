"""Verification of bearer tokens (JSON Web Tokens, RFC 7519)."""

import asyncio
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256

import jwt
from jwt.types import Options
from pydantic import ValidationError

from chassis.commands.caller import Caller
from chassis.http.revocations import Revocations
from chassis.http.verified_token import VerifiedToken
from chassis.ports.clock import Clock
from chassis.ports.document_store import DocumentStore
from chassis.ports.event_store import StoreUnavailable
from chassis.runtime.public_keys import ALGORITHM, PublicKeys
from chassis.runtime.token_claims import CLOCK_SKEW_SECONDS, TokenClaims

_MAX_CACHED = 10_000
_MAX_KID_LENGTH = 200
_MAX_TOKEN_LENGTH = 4096
_MAX_WAIT_SECONDS = 60.0
"""How often expiry and revocation are asked for again: the clock may have been set, the event store been away."""


class InvalidToken(Exception):
    """The token is malformed, forged, expired or revoked, or its user is deleted. The client is not told which."""


@dataclass
class TokenVerifier:
    """Verifies tokens signed with EdDSA (Ed25519), and caches verified tokens by their digest until they expire.

    A token whose lifetime is longer than `max_lifetime` is refused, whoever signed it. Services use the verifier too,
    for tokens outside the Authorization header (a WebSocket).
    """

    documents: DocumentStore
    revocations: Revocations
    clock: Clock
    max_lifetime: timedelta
    public_keys: PublicKeys = field(init=False)
    _verified: OrderedDict[bytes, VerifiedToken] = field(init=False)

    def __post_init__(self) -> None:
        self._verified = OrderedDict()
        self.public_keys = PublicKeys(self.documents, on_revoked=self._forget_verified)

    async def verify(self, token: str) -> VerifiedToken:
        """Return what a token says. Raises `InvalidToken`, and `StoreUnavailable` when that can't be decided now."""
        if not token.isascii() or len(token) > _MAX_TOKEN_LENGTH:
            raise InvalidToken("too long or not ASCII")
        digest = sha256(token.encode()).digest()
        verified = self._verified.get(digest) or await self._verify_uncached(token, digest)
        if self._has_expired(verified):
            self._verified.pop(digest, None)
            raise InvalidToken("expired")
        if await self.revocations.include(verified):
            raise InvalidToken("revoked, or its user is deleted")
        return verified

    async def wait_until_invalid(self, token: VerifiedToken) -> None:
        """Return once a verified token has expired or is revoked, or its key is."""
        while not self._has_expired(token) and not await self._is_known_revoked(token):
            remaining = token.expires - self.clock.now().timestamp()
            with suppress(TimeoutError):
                async with asyncio.timeout(min(remaining, _MAX_WAIT_SECONDS)):
                    await self.revocations.next_of_user(token.caller.user_id)

    def _forget_verified(self) -> None:
        self._verified.clear()
        self.revocations.wake_all()

    async def _is_known_revoked(self, token: VerifiedToken) -> bool:
        if not self.public_keys.knows(token.kid):
            return True
        try:
            return await self.revocations.include(token)
        except StoreUnavailable:  # it is asked again at the next wait
            return False

    def _has_expired(self, token: VerifiedToken) -> bool:
        return token.expires <= self.clock.now().timestamp()

    async def _verify_uncached(self, token: str, digest: bytes) -> VerifiedToken:
        kid, claims = await self._claims(token)
        if claims.lifetime > self.max_lifetime.total_seconds():
            raise InvalidToken("its lifetime is longer than permitted")
        if claims.iat > self.clock.now().timestamp() + CLOCK_SKEW_SECONDS:
            raise InvalidToken("issued in the future")
        verified = VerifiedToken(Caller(int(claims.sub), claims.admin), kid, claims.jti, claims.gen, claims.exp)
        self._verified[digest] = verified
        if len(self._verified) > _MAX_CACHED:
            self._verified.popitem(last=False)
        return verified

    async def _claims(self, token: str) -> tuple[str, TokenClaims]:
        """Return the id of the key that signed a token, and what the token says."""
        try:
            kid = _kid(token)
            key = await self.public_keys.get(kid)
            if key is None:
                raise InvalidToken("signed with an unknown key")
            # `TokenClaims` requires issuer and audience. The expiry is checked in `verify`, at every use, against the
            # injected clock.
            claims = jwt.decode(token, key, algorithms=[ALGORITHM], options=_SIGNATURE_ONLY)
            return kid, TokenClaims.model_validate(claims)
        except (jwt.PyJWTError, ValidationError, ValueError, RecursionError) as problem:
            raise InvalidToken(type(problem).__name__) from None


_SIGNATURE_ONLY: Options = {
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


def _kid(token: str) -> str:
    header = jwt.get_unverified_header(token)
    kid = header.get("kid")
    if header.get("alg") != ALGORITHM or not isinstance(kid, str) or len(kid) > _MAX_KID_LENGTH:
        raise InvalidToken("unexpected algorithm or key id")
    return kid
