"""Erasure: no personal data of a deleted user is readable in any stored file or log."""

from pathlib import Path
from uuid import uuid4

import pytest

from chassis.commands.context import CommandContext
from chassis.commands.recording import envelope_of
from chassis.commands.text_sealing import key_subject as key_subject_of_texts
from chassis.ports.key_store import KeyShredded
from identity.application.identity import assemble
from identity.application.personal_data_cipher import key_subject
from identity.domain.account import Delete
from identity.domain.events import NameReleased
from identity.settings import IdentitySettings
from testkit.eventually import eventually
from testkit.identity_api import Api, SignedUp, running

CANARIES = ("canary-username", "canary-renamed", "canary.address@example.com", "Canary Full Name", "canary biography")


def found_in(folder: Path, *wanted: bytes) -> set[bytes]:
    contents = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert sum(map(len, contents)) > 10_000
    return {what for what in wanted for content in contents if what in content}


async def write_canaries(api: Api) -> SignedUp:
    profile = {"email": CANARIES[2], "full_name": CANARIES[3]}
    user = await api.user(CANARIES[0], **profile)
    passwords = {"password": "canary-password", "current_password": "Stethoscope-42"}
    await user.put(f"/users/{user.id}", {"username": CANARIES[1], "bio": CANARIES[4], **passwords})
    user = SignedUp(api, user.id, await api.log_in(CANARIES[1], "canary-password"))
    await user.get("/users")
    await user.get(f"/users/username/{CANARIES[1]}")
    return user


async def test_personal_data_is_in_no_file_and_no_log(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    wanted = [canary.encode() for canary in (*CANARIES, "canary-password", "Stethoscope-42", "user-deleted")]
    async with running(tmp_path / "data") as api:
        user = await write_canaries(api)
        key = await api.infrastructure.keys.key_for(key_subject(user.id))
        text_key = await api.infrastructure.text_keys.key_for(key_subject_of_texts(user.id))
        assert (await user.delete(f"/users/{user.id}")).status_code == 200
        assert found_in(api.folder, *wanted) == {b"user-deleted"}

        async def key_is_shredded() -> bool:
            return not found_in(api.folder, key, text_key)

        await eventually(key_is_shredded)
    assert found_in(tmp_path / "data", *wanted, key, text_key) == {b"user-deleted"}
    logged = "".join(capfd.readouterr())
    assert "request_handled" in logged
    assert [canary for canary in (*CANARIES, "canary-password", "Stethoscope-42") if canary in logged] == []


async def test_a_deleted_user_is_not_found_by_any_route(api: Api):
    user, other = await write_canaries(api), await api.user("other")
    assert (await user.delete(f"/users/{user.id}")).json() == {"message": "Пользователь успешно удален"}
    assert (await user.get("/auth/me")).status_code == 401
    assert (await user.delete(f"/users/{user.id}")).status_code == 401
    assert (await other.get(f"/users/{user.id}")).status_code == 404
    assert (await other.get(f"/users/username/{CANARIES[1]}")).status_code == 404
    assert [listed["id"] for listed in (await other.get("/users?limit=1")).json()] == [other.id]


async def test_a_reused_username_gets_a_new_account(api: Api):
    before = await api.user("doctor", email="doctor@example.com")
    await before.delete(f"/users/{before.id}")
    after = await api.user("doctor", email="doctor@example.com")
    assert after.id != before.id
    assert (await before.get("/auth/me")).status_code == 401
    assert (await after.get("/auth/me")).json()["id"] == after.id


async def test_names_of_a_deleted_user_are_released_by_the_actor_of_the_deletion(api: Api):
    user, events = await api.user("doctor"), api.infrastructure.events
    accounts = assemble(api.infrastructure, IdentitySettings()).users.accounts
    await accounts.handle(user.id, Delete(user.id), CommandContext(uuid4(), "user:9", "test"))

    async def actors() -> list[str]:
        pages = [page async for page in events.read_all(categories=["username"])]
        return [envelope_of(event).actor for page in pages for event in page if event.type == NameReleased.wire_type]

    assert await eventually(actors) == ["user:9"]


async def test_an_erasure_interrupted_by_a_crash_is_completed(api: Api):
    user = await api.user("doctor")
    accounts = assemble(api.infrastructure, IdentitySettings()).users.accounts
    await accounts.handle(user.id, Delete(user.id), CommandContext(uuid4(), "user:1", "test"))

    async def key_is_shredded() -> bool:
        try:
            await api.infrastructure.keys.key_for(key_subject(user.id))
        except KeyShredded:
            return True
        return False

    await eventually(key_is_shredded)
    assert (await api.register("doctor")).status_code == 201
