"""Claims of access tokens (RFC 7519): identity writes them, every service checks them."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

ISSUER: Literal["california-gold/identity"] = "california-gold/identity"
AUDIENCE: Literal["california-gold"] = "california-gold"
CLOCK_SKEW_SECONDS = 60
"""How far the clocks of two processes may differ."""


class TokenClaims(BaseModel):
    """The claims of a token: `sub` is the user's id, `exp` and `iat` are Unix times in seconds.

    `jti` is the token's id. `gen` counts the user's changes of password: a token of an earlier generation is revoked.
    """

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    iss: Literal["california-gold/identity"]
    aud: Literal["california-gold"]
    sub: str = Field(pattern=r"^[1-9][0-9]{0,17}$")
    admin: bool
    gen: int = Field(ge=0)
    iat: float = Field(allow_inf_nan=False)
    exp: float = Field(allow_inf_nan=False)
    jti: str = Field(pattern=r"^[A-Za-z0-9-]{1,64}$")

    @property
    def lifetime(self) -> float:
        """The seconds from issue to expiry."""
        return self.exp - self.iat
