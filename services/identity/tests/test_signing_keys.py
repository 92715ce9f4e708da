"""Keys that sign tokens: rotation keeps earlier tokens valid, revocation ends those of one key everywhere."""

from dataclasses import replace
from typing import cast
from uuid import uuid4

import jwt
import pytest

from chassis.commands.context import CommandContext
from chassis.ports.document_store import DocumentStore
from chassis.ports.event_store import StoreUnavailable
from chassis.runtime import public_keys
from identity.application import signing_keys as application
from identity.application.signing_keys import SigningKeys
from identity.domain.errors import SigningKeyNotFound
from identity.service import signing_keys
from identity.settings import IdentitySettings
from testkit.eventually import eventually
from testkit.identity_api import Api


@pytest.fixture(autouse=True)
def short_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application, "_MAX_AGE_SECONDS", 0.05)
    monkeypatch.setattr(public_keys, "_REFRESH_SECONDS", 0.05)


@pytest.fixture
def keys(api: Api) -> SigningKeys:
    """The keys as the command line sees them: with a cache of their own."""
    return signing_keys(api.infrastructure, IdentitySettings())


def operator() -> CommandContext:
    return CommandContext(uuid4(), "service:command-line/uid-7", str(uuid4()))


def kid_of(headers: dict[str, str]) -> str:
    return jwt.get_unverified_header(headers["Authorization"].removeprefix("Bearer "))["kid"]


async def status(api: Api, headers: dict[str, str]) -> int:
    return (await api.client.get("/auth/me", headers=headers)).status_code


async def log_in_until(api: Api, kid: str) -> dict[str, str]:
    """Log in until the service signs with a key; return the headers with its token."""

    async def headers() -> dict[str, str] | None:
        found = await api.log_in("doctor")
        return found if kid_of(found) == kid else None

    return await eventually(headers, within=30) or {}


async def listed(api: Api) -> set[str]:
    return {key["kid"] for key in (await api.client.get("/.well-known/jwks.json")).json()["keys"]}


async def test_after_a_rotation_new_tokens_have_a_new_key_and_earlier_ones_stay_valid(api: Api, keys: SigningKeys):
    earlier = (await api.user("doctor")).headers
    new = await keys.rotate(operator())
    later = await log_in_until(api, new.kid)
    assert kid_of(earlier) != new.kid
    assert [await status(api, headers) for headers in (earlier, later)] == [200, 200]
    assert await listed(api) == {kid_of(earlier), new.kid}


async def test_after_a_revocation_tokens_of_the_key_are_refused_and_others_are_not(api: Api, keys: SigningKeys):
    revoked = (await api.user("doctor")).headers
    new = await keys.rotate(operator())
    kept = await log_in_until(api, new.kid)
    assert await status(api, revoked) == 200

    assert await keys.revoke(kid_of(revoked), operator()) == new

    async def refused() -> bool:
        return await status(api, revoked) == 401

    await eventually(refused, within=30)
    assert await status(api, kept) == 200
    assert await listed(api) == {new.kid}


async def test_revoking_the_newest_key_rotates_to_another(api: Api, keys: SigningKeys):
    revoked = (await api.user("doctor")).headers
    successor = await keys.revoke(kid_of(revoked), operator())
    assert successor.kid != kid_of(revoked)
    assert await status(api, await log_in_until(api, successor.kid)) == 200


async def test_a_process_that_missed_the_revocation_cannot_publish_the_key_again(api: Api, keys: SigningKeys):
    revoked = kid_of((await api.user("doctor")).headers)
    stale = signing_keys(api.infrastructure, IdentitySettings())
    await keys.revoke(revoked, operator())
    stale.rings = replace(stale.rings, events=api.infrastructure.events, category="signingkeysbefore")
    await stale.publish()
    published = await api.infrastructure.documents.get(public_keys.PUBLIC_KEYS, revoked)
    assert published
    assert published.body is None


async def test_an_interrupted_command_is_completed_by_the_service(api: Api, keys: SigningKeys):
    revoked = (await api.user("doctor")).headers
    cut_off = signing_keys(api.infrastructure, IdentitySettings())
    cut_off.documents = cast("DocumentStore", _Away())
    with pytest.raises(StoreUnavailable):
        await cut_off.revoke(kid_of(revoked), operator())

    async def refused() -> bool:
        return await status(api, revoked) == 401

    await eventually(refused, within=30)


async def test_rotation_and_revocation_are_recorded_with_the_operator(api: Api, keys: SigningKeys):
    old = await keys.newest()
    new = await keys.rotate(operator())
    for _ in range(2):  # revoking again changes nothing
        await keys.revoke(old.kid, operator())
    stored = await api.infrastructure.events.read("signingkeys-tokens")
    assert [event.type for event in stored] == ["identity.signing-key-rotated.v1", "identity.signing-key-revoked.v1"]
    assert [kid in event.data.decode() for event, kid in zip(stored, (new.kid, old.kid), strict=True)] == [True, True]
    assert all(b"service:command-line/uid-7" in event.metadata for event in stored)


async def test_an_unknown_key_cannot_be_revoked(keys: SigningKeys):
    with pytest.raises(SigningKeyNotFound):
        await keys.revoke("unknown", operator())


class _Away:
    async def put_newer(self, *_: object) -> None:
        raise StoreUnavailable("away")
