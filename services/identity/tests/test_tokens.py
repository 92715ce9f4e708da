"""Access tokens: accepted only when signed by this system, not expired, and of an existing user."""

import base64
import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis.ports.clock import Clock
from identity.application.token_issuer import TokenIssuer
from identity.service import signing_keys
from identity.settings import IdentitySettings
from testkit.identity_api import Api


class LateClock:
    """A clock that is two days slow."""

    def now(self) -> datetime:
        return datetime.now(UTC) - timedelta(days=2)


def issuer(api: Api, clock: Clock, lifetime: timedelta) -> TokenIssuer:
    """Return an issuer with the keys of the running service."""
    return TokenIssuer(signing_keys(api.infrastructure, IdentitySettings()), clock, lifetime)


async def status_with(api: Api, token: str) -> int:
    answer = await api.client.get("/auth/me", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code


@pytest.fixture
async def token(api: Api) -> str:
    await api.register("doctor")
    return (await api.log_in("doctor"))["Authorization"].removeprefix("Bearer ")


async def test_the_published_key_verifies_tokens(api: Api, token: str):
    keys = (await api.client.get("/.well-known/jwks.json")).json()["keys"]
    header = jwt.get_unverified_header(token)
    key = next(key for key in keys if key["kid"] == header["kid"])
    claims = jwt.decode(
        token, jwt.PyJWK(key), algorithms=["EdDSA"], audience="california-gold", issuer="california-gold/identity"
    )
    assert claims["sub"] == "1"
    assert claims.keys() == {"iss", "aud", "sub", "admin", "gen", "iat", "exp", "jti"}


async def test_a_forged_token_is_refused(api: Api, token: str):
    assert await status_with(api, token) == 200
    header, claims = jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})
    kid = {"kid": header["kid"]}
    public = (await api.client.get("/.well-known/jwks.json")).json()["keys"][0]["x"]
    other_claims = base64.urlsafe_b64encode(json.dumps({**claims, "admin": True}).encode()).rstrip(b"=").decode()
    head, _, signature = token.split(".")
    for forged in (
        jwt.encode(claims, Ed25519PrivateKey.generate(), "EdDSA", headers=kid),
        jwt.encode(claims, "", "none", headers=kid),
        jwt.encode(claims, public * 2, "HS256", headers=kid),
        f"{head}.{other_claims}.{signature}",
        token[:-10],
        "x",
        "",
    ):
        assert await status_with(api, forged) == 401, forged


@pytest.mark.usefixtures("token")
async def test_an_expired_token_is_refused(api: Api):
    late = issuer(api, LateClock(), timedelta(hours=24))
    assert await status_with(api, await late.issue(1, admin=False, generation=0)) == 401
    now = issuer(api, api.infrastructure.clock, timedelta(hours=1))
    assert await status_with(api, await now.issue(1, admin=False, generation=0)) == 200


async def test_a_token_of_an_unknown_user_is_refused(api: Api):
    now = issuer(api, api.infrastructure.clock, timedelta(hours=1))
    assert await status_with(api, await now.issue(7, admin=True, generation=0)) == 401
