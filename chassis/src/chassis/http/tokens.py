"""Who a bearer token stands for."""

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

_REMEMBERED = 10_000
_LONGEST_KID = 200
_LONGEST_TOKEN = 4096


class InvalidToken(Exception):
    """The token is malformed, forged, expired, or its user is gone. Which of these is nobody's business."""


class TokenClaims(BaseModel):
    """What a token must say: `sub` is the user's id, `exp` and `iat` are Unix times in seconds."""

    model_config = ConfigDict(strict=True, extra="ignore")

    sub: str = Field(pattern=r"^[1-9][0-9]{0,17}$")
    admin: bool = False
    exp: float = Field(allow_inf_nan=False)
    iat: float = Field(allow_inf_nan=False)
    jti: str = ""


@dataclass
class TokenVerifier:
    """Verifies EdDSA (Ed25519) JSON web tokens. A token that was verified is remembered by its digest until it expires.

    A service that gets a token by another way than the Authorization header (a WebSocket) asks it too.
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
        """Return who the token stands for. Raises `InvalidToken`, and `StoreUnavailable` when that can't be known."""
        if not token.isascii() or len(token) > _LONGEST_TOKEN:
            raise InvalidToken("no token of ours looks like this")
        digest = sha256(token.encode()).digest()
        caller, expires = self._verified.get(digest) or await self._verify_anew(token, digest)
        if expires <= self.clock.now().timestamp():
            self._verified.pop(digest, None)
            raise InvalidToken("expired")
        if await self.deleted_users.includes(caller.user_id):
            raise InvalidToken("its user is gone")
        return caller

    async def _verify_anew(self, token: str, digest: bytes) -> tuple[Caller, float]:
        claims = await self._claims(token)
        verified = Caller(int(claims.sub), claims.admin), claims.exp
        self._verified[digest] = verified
        if len(self._verified) > _REMEMBERED:
            self._verified.popitem(last=False)
        return verified

    async def _claims(self, token: str) -> TokenClaims:
        try:
            key = await self._keys.get(_kid(token))
            if key is None:
                raise InvalidToken("signed with an unknown key")
            # Expiry is checked against the clock that was passed in, at every use.
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
    if header.get("alg") != ALGORITHM or not isinstance(kid, str) or len(kid) > _LONGEST_KID:
        raise InvalidToken("not signed the way ours are")
    return kid
