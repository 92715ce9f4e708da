"""Verification of bearer tokens (JSON Web Tokens, RFC 7519)."""

from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import sha256

import jwt
from jwt.types import Options
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chassis.commands.caller import Caller
from chassis.http.deleted_users import DeletedUsers
from chassis.ports.clock import Clock
from chassis.ports.document_store import DocumentStore
from chassis.runtime.public_keys import ALGORITHM, PublicKeys

_MAX_CACHED = 10_000
_MAX_KID_LENGTH = 200
_MAX_TOKEN_LENGTH = 4096


class InvalidToken(Exception):
    """The token is malformed, forged or expired, or its user is deleted. The client is not told which."""


class TokenClaims(BaseModel):
    """The claims of a token: `sub` is the user's id, `exp` and `iat` are Unix times in seconds."""

    model_config = ConfigDict(strict=True, extra="ignore")

    sub: str = Field(pattern=r"^[1-9][0-9]{0,17}$")
    admin: bool = False
    exp: float = Field(allow_inf_nan=False)
    iat: float = Field(allow_inf_nan=False)
    jti: str = ""


@dataclass
class TokenVerifier:
    """Verifies tokens signed with EdDSA (Ed25519), and caches verified tokens by their digest until they expire.

    Services use it too, for tokens outside the Authorization header (a WebSocket).
    """

    documents: DocumentStore
    deleted_users: DeletedUsers
    clock: Clock
    _keys: PublicKeys = field(init=False)
    _verified: OrderedDict[bytes, tuple[Caller, float]] = field(init=False)

    def __post_init__(self) -> None:
        self._keys = PublicKeys(self.documents)
        self._verified = OrderedDict()

    async def verify(self, token: str) -> Caller:
        """Return the user of a token. Raises `InvalidToken`, and `StoreUnavailable` when that can't be decided now."""
        if not token.isascii() or len(token) > _MAX_TOKEN_LENGTH:
            raise InvalidToken("too long or not ASCII")
        digest = sha256(token.encode()).digest()
        caller, expires = self._verified.get(digest) or await self._verify_uncached(token, digest)
        if expires <= self.clock.now().timestamp():
            self._verified.pop(digest, None)
            raise InvalidToken("expired")
        if await self.deleted_users.includes(caller.user_id):
            raise InvalidToken("its user is deleted")
        return caller

    async def _verify_uncached(self, token: str, digest: bytes) -> tuple[Caller, float]:
        claims = await self._claims(token)
        verified = Caller(int(claims.sub), claims.admin), claims.exp
        self._verified[digest] = verified
        if len(self._verified) > _MAX_CACHED:
            self._verified.popitem(last=False)
        return verified

    async def _claims(self, token: str) -> TokenClaims:
        try:
            key = await self._keys.get(_kid(token))
            if key is None:
                raise InvalidToken("signed with an unknown key")
            # The expiry is checked in `verify`, at every use, against the injected clock.
            claims = jwt.decode(token, key, algorithms=[ALGORITHM], options=_SIGNATURE_ONLY)
            return TokenClaims.model_validate(claims)
        except (jwt.PyJWTError, ValidationError, ValueError, RecursionError) as problem:
            raise InvalidToken(type(problem).__name__) from None


_SIGNATURE_ONLY: Options = {
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
    "verify_aud": False,
    "require": ["exp", "iat", "sub"],
}


def _kid(token: str) -> str:
    header = jwt.get_unverified_header(token)
    kid = header.get("kid")
    if header.get("alg") != ALGORITHM or not isinstance(kid, str) or len(kid) > _MAX_KID_LENGTH:
        raise InvalidToken("unexpected algorithm or key id")
    return kid
