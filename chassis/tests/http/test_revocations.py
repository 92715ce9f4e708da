"""Revocation of tokens: by a logout, a new password, and the deletion of the user."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import structlog.testing

from california_gold_contracts.tokens import TokenRevoked, UserTokensRevoked
from california_gold_contracts.topics import USERS
from chassis.http.revocations import Revocations
from chassis.http.tokens import InvalidToken
from chassis.ports.document_store import Document
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import Message
from chassis.runtime.public_keys import PUBLIC_KEYS
from testkit.eventually import eventually
from testkit.revoking import change_password, delete_user, revoke_token
from testkit.signing import Signing
from testkit.verifying import forged_deletion, forged_revocation, verifying

FAR_AWAY = datetime.now(UTC) + timedelta(days=30)


async def test_tokens_of_a_deleted_user_are_refused_and_others_are_not(
    api: httpx.AsyncClient, infrastructure: Infrastructure, signing: Signing
) -> None:
    tokens = {user_id: signing.bearer(user_id) for user_id in (7, 8)}
    assert [(await api.get("/me", headers=headers)).status_code for headers in tokens.values()] == [200, 200]
    await delete_user(infrastructure, 7)

    async def refused() -> bool:
        return (await api.get("/me", headers=tokens[7])).status_code == 401

    await eventually(refused)
    assert (await api.get("/me", headers=tokens[8])).status_code == 200


async def test_a_user_deleted_before_the_process_started_is_refused(
    infrastructure: Infrastructure, signing: Signing
) -> None:
    await infrastructure.bus.publish([Message(USERS.name, "9", b"not an event")])
    await delete_user(infrastructure, 7)
    async with verifying(infrastructure) as verifier:
        with pytest.raises(InvalidToken):
            await verifier.verify(signing.token(7))
        assert (await verifier.verify(signing.token(9))).caller.user_id == 9


async def test_tokens_of_an_earlier_generation_are_refused_and_later_ones_are_not(
    infrastructure: Infrastructure, signing: Signing
) -> None:
    await change_password(infrastructure, 7, 2)
    async with verifying(infrastructure) as verifier:
        for generation in (0, 1):
            with pytest.raises(InvalidToken):
                await verifier.verify(signing.token(7, gen=generation))
        assert await verifier.verify(signing.token(7, gen=2))
        assert await verifier.verify(signing.token(9))


async def test_a_revoked_token_is_refused_and_others_of_its_user_are_not(
    infrastructure: Infrastructure, signing: Signing
) -> None:
    expires_at = datetime.now(UTC) + timedelta(hours=1)
    await revoke_token(infrastructure, 7, "lost", expires_at)
    async with verifying(infrastructure) as verifier:
        with pytest.raises(InvalidToken):
            await verifier.verify(signing.token(7, jti="lost"))
        assert await verifier.verify(signing.token(7, jti="another"))


FORGED = {
    "a deletion": forged_deletion(7),
    "a new password": forged_revocation(UserTokensRevoked(user_id=7, generation=999)),
    "a logout": forged_revocation(TokenRevoked(user_id=7, token_id="shown", expires_at=FAR_AWAY)),
}


@pytest.mark.parametrize("forged", FORGED)
async def test_what_is_only_on_a_topic_revokes_no_token(
    infrastructure: Infrastructure, signing: Signing, forged: str
) -> None:
    await change_password(infrastructure, 7, 1)
    await infrastructure.bus.publish([FORGED[forged]])
    async with verifying(infrastructure) as verifier:
        with structlog.testing.capture_logs() as logs:
            for _ in range(2):
                assert await verifier.verify(signing.token(7, gen=1, jti="shown"))
        assert [line["event"] for line in logs] == ["event_unconfirmed"]


@pytest.mark.parametrize("forged", FORGED)
async def test_a_revocation_after_a_forged_one_is_believed(
    infrastructure: Infrastructure, signing: Signing, forged: str
) -> None:
    await infrastructure.bus.publish([FORGED[forged]])
    token = signing.token(7, jti="shown")
    async with verifying(infrastructure) as verifier:
        assert await verifier.verify(token)
        if forged == "a deletion":
            await delete_user(infrastructure, 7)
        elif forged == "a new password":
            await change_password(infrastructure, 7, 1)
        else:
            await revoke_token(infrastructure, 7, "shown", FAR_AWAY)

        async def refused() -> bool:
            try:
                await verifier.verify(token)
            except InvalidToken:
                return True
            return False

        await eventually(refused)


async def test_revocations_of_expired_tokens_are_dropped(infrastructure: Infrastructure) -> None:
    revoked, long_ago = (
        Revocations(infrastructure.bus, infrastructure.events, infrastructure.clock),
        datetime.now(UTC) - timedelta(days=40),
    )
    for number in range(5000):
        revoked.apply(TokenRevoked(user_id=7, token_id=str(number), expires_at=long_ago))
        revoked.apply(UserTokensRevoked(user_id=number, generation=1), long_ago)
    assert len(revoked._token_expiries) + len(revoked._generations) < 1000  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize("ended_by", ["its expiry", "a logout", "a new password", "the deletion of its user"])
async def test_whoever_waits_for_the_end_of_a_token_hears_of_it(
    infrastructure: Infrastructure, signing: Signing, ended_by: str
) -> None:
    soon = datetime.now(UTC) + (timedelta(seconds=2) if ended_by == "its expiry" else timedelta(hours=1))
    async with verifying(infrastructure) as verifier:
        token = await verifier.verify(signing.token(7, exp=soon))
        waiting = asyncio.ensure_future(verifier.wait_until_invalid(token))
        of_another = asyncio.ensure_future(verifier.wait_until_invalid(await verifier.verify(signing.token(9))))
        await asyncio.sleep(0)
        if ended_by == "a logout":
            await revoke_token(infrastructure, 7, token.id, soon)
        elif ended_by == "a new password":
            await change_password(infrastructure, 7, 1)
        elif ended_by == "the deletion of its user":
            await delete_user(infrastructure, 7)
        async with asyncio.timeout(30):
            await waiting
        assert not of_another.done()
        of_another.cancel()


async def test_whoever_waits_for_the_end_of_a_token_hears_that_its_key_is_revoked(
    infrastructure: Infrastructure, signing: Signing
) -> None:
    other = Signing("another key")
    await other.publish(infrastructure)
    async with verifying(infrastructure) as verifier:
        waiting = asyncio.ensure_future(verifier.wait_until_invalid(await verifier.verify(signing.token(7))))
        of_another = asyncio.ensure_future(verifier.wait_until_invalid(await verifier.verify(other.token(7))))
        await asyncio.sleep(0)
        await infrastructure.documents.put_newer(PUBLIC_KEYS, [Document(signing.kid, 1, None)])
        await verifier.public_keys.refresh()
        async with asyncio.timeout(30):
            await waiting
        assert not of_another.done()
        of_another.cancel()
