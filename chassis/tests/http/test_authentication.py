"""Authentication by bearer tokens."""

import asyncio
import base64
import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import cast

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from chassis.http import revocations
from chassis.http.tokens import InvalidToken
from chassis.ports.document_store import Collection, Document, DocumentStore
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import MessageBus
from chassis.runtime.public_keys import PUBLIC_KEYS, PublicKeys
from chassis.runtime.token_claims import AUDIENCE
from testkit.signing import Signing
from testkit.verifying import verifying

OpenApi = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


def unsigned(claims: dict[str, object], **header: object) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none', 'typ': 'JWT', **header})}.{part(claims)}."


CLAIMS: dict[str, object] = {"sub": "7", "admin": True, "iat": 1_700_000_000, "exp": 4_000_000_000}


def signed_with_the_public_key_as_secret(signing: Signing) -> str:
    secret = signing.key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return jwt.encode(CLAIMS, secret, "HS256", headers={"kid": signing.kid})


def without(name: str) -> Callable[[Signing], str]:
    return lambda signing: signing.sign({key: value for key, value in signing.claims().items() if key != name})


FORGERIES: dict[str, Callable[[Signing], str]] = {
    "no algorithm": lambda signing: unsigned(CLAIMS, kid=signing.kid),
    "our algorithm without a signature": lambda signing: unsigned(CLAIMS, alg="EdDSA", kid=signing.kid),
    "the public key as a shared secret": signed_with_the_public_key_as_secret,
    "another key under our key's name": lambda signing: Signing(signing.kid).token(),
    "an unknown key": lambda signing: signing.token(kid="nobody's"),
    "an endless key name": lambda signing: signing.token(kid="k" * 1000),
    "a key name that is no text": lambda _: unsigned(CLAIMS, alg="EdDSA", kid=5),
    "expired": lambda signing: signing.token(exp=datetime.now(UTC) - timedelta(seconds=1)),
    "without expiry": without("exp"),
    "without issue time": without("iat"),
    "without a user": without("sub"),
    "without an issuer": without("iss"),
    "of another issuer": lambda signing: signing.token(iss="california-gold/storage"),
    "without an audience": without("aud"),
    "for another audience": lambda signing: signing.token(aud="california-gold-staging"),
    "for others too": lambda signing: signing.token(aud=[AUDIENCE, "others"]),
    "without an id": without("jti"),
    "an id that is no name": lambda signing: signing.token(jti="../j"),
    "without a generation": without("gen"),
    "a lifetime beyond the longest": lambda signing: signing.token(
        exp=datetime.now(UTC) + timedelta(hours=24, minutes=1)
    ),
    "issued in the future": lambda signing: signing.token(
        iat=datetime.now(UTC) + timedelta(hours=1), exp=datetime.now(UTC) + timedelta(hours=2)
    ),
    "of a release before these claims": lambda signing: signing.sign(
        {
            "sub": "7",
            "admin": False,
            "iat": datetime.now(UTC),
            "exp": datetime.now(UTC) + timedelta(hours=1),
            "jti": "j",
        }
    ),
    "a user who is no number": lambda signing: signing.token(sub="root"),
    "a user number in disguise": lambda signing: signing.token(sub="٧"),
    "an endless user number": lambda signing: signing.token(sub="9" * 400),
    "an admin by text": lambda signing: signing.token(admin="true"),
    "an expiry without end": lambda signing: signing.token(exp=float("inf")),
    "an expiry beyond numbers": lambda signing: signing.token(exp=10**400),
    "a changed payload": lambda signing: signing.token().replace(".ey", ".eyJ", 1),
    "cut off": lambda signing: signing.token()[:-10],
    "not a token": lambda _: "token",
    "nothing": lambda _: "",
    "deeply nested": lambda _: f"{base64.urlsafe_b64encode(b'[' * 2000).decode()}.e30.AA",
    "longer than any of ours": lambda _: "e" * 100_000,
    "not ASCII": lambda _: "тokeн",
}


async def test_a_valid_token_identifies_the_caller(api: httpx.AsyncClient, signing: Signing) -> None:
    answer = await api.get("/me", headers=signing.bearer(42, admin=True))
    assert answer.json() == {"user_id": 42, "admin": True}


async def test_the_scheme_is_case_insensitive(api: httpx.AsyncClient, signing: Signing) -> None:
    answer = await api.get("/me", headers={"Authorization": f"bearer {signing.token(42)}"})
    assert answer.json() == {"user_id": 42, "admin": False}


@pytest.mark.parametrize("authorization", [None, "Basic Zm9vOmJhcg==", "Bearer"])
async def test_a_request_without_a_bearer_token_is_401(api: httpx.AsyncClient, authorization: str | None) -> None:
    answer = await api.get("/me", headers={"Authorization": authorization} if authorization else {})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.json() == {"detail": "Недействительный токен" if authorization else "Требуется авторизация"}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_an_invalid_token_is_refused(infrastructure: Infrastructure, signing: Signing, forgery: str) -> None:
    async with verifying(infrastructure) as verifier:
        assert (await verifier.verify(signing.token(7))).caller.user_id == 7
        with pytest.raises(InvalidToken):
            await verifier.verify(FORGERIES[forgery](signing))


@pytest.mark.parametrize("forgery", ["no algorithm", "expired", "an unknown key"])
async def test_an_invalid_token_is_401_with_its_own_message(
    api: httpx.AsyncClient, signing: Signing, forgery: str
) -> None:
    answer = await api.get("/me", headers={"Authorization": f"Bearer {FORGERIES[forgery](signing)}"})
    assert (answer.status_code, answer.json()) == (401, {"detail": "Недействительный токен"})


async def test_a_route_without_authentication_ignores_an_invalid_token(api: httpx.AsyncClient) -> None:
    assert (await api.get("/things/1", headers={"Authorization": "Bearer stale"})).status_code == 200


async def test_a_cached_token_still_expires(infrastructure: Infrastructure, signing: Signing) -> None:
    clock = _Clock(datetime.now(UTC))
    async with verifying(replace(infrastructure, clock=clock)) as verifier:
        token = signing.token(exp=clock.time + timedelta(minutes=5))
        assert (await verifier.verify(token)).caller.user_id == 7
        clock.time += timedelta(minutes=5)
        with pytest.raises(InvalidToken):
            await verifier.verify(token)


async def test_no_token_is_accepted_before_the_deleted_users_are_read(
    open_api: OpenApi, infrastructure: Infrastructure, signing: Signing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revocations, "_TIMEOUT", 0.01)
    async with open_api(on=replace(infrastructure, bus=cast("MessageBus", _SilentBus()))) as api:
        answer = await api.get("/me", headers=signing.bearer())
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert (await api.get("/ready")).status_code == 503


async def test_a_key_published_later_is_found(infrastructure: Infrastructure) -> None:
    from_now = Signing("key-2")
    async with verifying(infrastructure) as verifier:
        with pytest.raises(InvalidToken):
            await verifier.verify(from_now.token())
        await from_now.publish(infrastructure)
        assert (await verifier.verify(from_now.token())).caller.user_id == 7


async def test_tokens_of_many_unknown_keys_cost_one_lookup(infrastructure: Infrastructure) -> None:
    counted = _Counted(infrastructure.documents)
    keys = PublicKeys(cast("DocumentStore", counted), on_revoked=lambda: None)
    assert await asyncio.gather(*(keys.get(f"forged-{number}") for number in range(100))) == [None] * 100
    assert counted.lookups == [100]


async def test_a_key_that_is_gone_from_the_store_is_forgotten_with_its_verified_tokens(
    infrastructure: Infrastructure, signing: Signing
) -> None:
    async with verifying(infrastructure) as verifier:
        assert (await verifier.verify(signing.token())).caller.user_id == 7
        await infrastructure.documents.delete(PUBLIC_KEYS, [signing.kid])
        await verifier.public_keys.refresh()
        with pytest.raises(InvalidToken):
            await verifier.verify(signing.token())


async def test_known_keys_are_believed_while_the_document_store_is_away(
    infrastructure: Infrastructure, signing: Signing
) -> None:
    async with verifying(infrastructure) as verifier:
        assert (await verifier.verify(signing.token())).caller.user_id == 7
        verifier.public_keys.documents = cast("DocumentStore", _Away())
        with pytest.raises(StoreUnavailable):
            await verifier.public_keys.refresh()
        assert (await verifier.verify(signing.token(9))).caller.user_id == 9


async def test_the_cache_of_verified_tokens_is_bounded(
    infrastructure: Infrastructure, signing: Signing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.http.tokens._MAX_CACHED", 3)
    async with verifying(infrastructure) as verifier:
        for user_id in range(1, 11):
            assert (await verifier.verify(signing.token(user_id))).caller.user_id == user_id
        assert len(verifier._verified) == 3  # pyright: ignore[reportPrivateUsage]


@dataclass
class _Clock:
    time: datetime

    def now(self) -> datetime:
        return self.time


class _SilentBus:
    """A bus that never delivers the end of its topics."""

    async def follow(self, topics: Sequence[str], *, from_start: bool) -> AsyncGenerator[tuple[()]]:
        await asyncio.Event().wait()
        yield ()


class _Away:
    async def get_many(self, *_: object) -> Mapping[str, Document]:
        raise StoreUnavailable("away")


@dataclass
class _Counted:
    documents: DocumentStore
    lookups: list[int] = field(default_factory=list[int])

    async def get_many(self, collection: Collection, ids: Sequence[str]) -> Mapping[str, Document]:
        self.lookups.append(len(ids))
        return await self.documents.get_many(collection, ids)
