"""The kinds of callers of the authorisation matrix, as the token that each of them shows."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from uuid import uuid4

import httpx

from tests.e2e.api_client import Api
from tests.e2e.product import Product

KINDS = ("none", "garbage", "unsigned", "forged", "other", "deleted", "owner", "administrator")


@dataclass(frozen=True)
class Callers:
    """The tokens of users who do not own what is asked for."""

    other: str
    deleted: str
    administrator: str

    @classmethod
    async def of(cls, product: Product) -> "Callers":
        """Register the users; delete one of them, and make another an administrator."""
        api = Api(product.url)
        async with api.registered() as other, api.registered() as deleted:
            (await deleted.http.delete(f"/users/{deleted.user['id']}")).raise_for_status()
        name = f"admin-{uuid4().hex[:12]}"
        async with api.registered(name):
            product.run_command("users", "grant-admin", name)
        async with api.signed_in(name) as administrator:
            return cls(other.token, deleted.token, administrator.token)

    def header(self, kind: str, owners: str) -> httpx.Headers:
        """Return the Authorization header of a kind of caller; `owners` is the owner's token."""
        if kind == "none":
            return httpx.Headers()
        tokens = {
            "garbage": "a.b.c",
            "unsigned": unsigned(owners),
            "forged": with_the_claims_of(self.other, owners),
            "other": self.other,
            "deleted": self.deleted,
            "owner": owners,
            "administrator": self.administrator,
        }
        return httpx.Headers({"Authorization": f"Bearer {tokens[kind]}"})


def unsigned(token: str) -> str:
    """Return a token with the same claims that says it needs no signature (RFC 7518, section 3.6)."""
    header, claims, _ = token.split(".")
    fields = json.loads(urlsafe_b64decode(header + "==="))
    return f"{urlsafe_b64encode(json.dumps({**fields, 'alg': 'none'}).encode()).decode().rstrip('=')}.{claims}."


def with_the_claims_of(token: str, other: str) -> str:
    """Return a token with its own header and signature, and another token's claims."""
    header, _, signature = token.split(".")
    return f"{header}.{other.split('.')[1]}.{signature}"
