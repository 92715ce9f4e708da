"""Sessions: what a password changes, and what ends a token before it expires."""

import pytest

from identity.service import grant_admin
from identity.settings import IdentitySettings
from testkit.identity_api import Api, SignedUp

NEW = "Tongue-depressor-7"
CHANGE = {"password": NEW, "current_password": "Stethoscope-42"}


async def status_of(user: SignedUp) -> int:
    return (await user.get("/auth/me")).status_code


async def can_log_in(api: Api, username: str, password: str) -> bool:
    answer = await api.client.post("/auth/login", json={"username": username, "password": password})
    return answer.status_code == 200


@pytest.mark.parametrize(
    ("given", "status", "sentence"),
    [
        ({}, 422, "current_password: нужен текущий пароль, чтобы сменить пароль"),
        ({"current_password": None}, 422, "current_password: нужен текущий пароль, чтобы сменить пароль"),
        ({"current_password": "wrong"}, 403, "Неверный текущий пароль"),
        ({"current_password": NEW}, 403, "Неверный текущий пароль"),
    ],
)
async def test_a_password_changes_only_with_the_current_one(
    api: Api, given: dict[str, object], status: int, sentence: str
):
    user = await api.user("doctor")
    answer = await user.put(f"/users/{user.id}", {"full_name": "Changed", "password": NEW, **given})
    assert answer.status_code == status
    body = answer.json()
    assert sentence in {body["detail"]} if status == 403 else body["detail"][0]["loc"] == ["body", "current_password"]
    assert (await user.get("/auth/me")).json()["full_name"] is None
    assert await can_log_in(api, "doctor", "Stethoscope-42")
    assert "Stethoscope-42" not in answer.text


async def test_a_change_of_the_password_ends_every_earlier_token(api: Api):
    user = await api.user("doctor")
    earlier = [user, *[SignedUp(api, user.id, await api.log_in("doctor")) for _ in range(2)]]
    other = await api.user("other")
    assert (await user.put(f"/users/{user.id}", CHANGE)).status_code == 200
    assert [await status_of(token) for token in earlier] == [401] * 3
    later = SignedUp(api, user.id, await api.log_in("doctor", NEW))
    assert [await status_of(token) for token in (later, other)] == [200, 200]
    assert not await can_log_in(api, "doctor", "Stethoscope-42")


async def test_a_token_stays_valid_when_the_password_does_not_change(api: Api):
    user = await api.user("doctor")
    await user.put(f"/users/{user.id}", {"full_name": "A. Doctor"})
    await user.put(f"/users/{user.id}", {**CHANGE, "current_password": "wrong"})
    assert await status_of(user) == 200


async def test_an_administrator_needs_their_own_password_to_change_anothers(api: Api):
    owner, admin = await api.user("owner", password="Stethoscope-42"), await api.user("admin")
    await grant_admin(api.infrastructure, IdentitySettings(), "admin")
    await admin.put(f"/users/{admin.id}", {"password": "admins-own", "current_password": "Stethoscope-42"})
    admin = SignedUp(api, admin.id, await api.log_in("admin", "admins-own"))
    assert (await admin.put(f"/users/{owner.id}", CHANGE)).status_code == 403
    change = {"password": NEW, "current_password": "admins-own"}
    assert (await admin.put(f"/users/{owner.id}", change)).status_code == 200
    assert [await status_of(token) for token in (owner, admin)] == [401, 200]
    assert await can_log_in(api, "owner", NEW)


async def test_nobody_learns_anothers_password_by_trying_to_change_it(api: Api):
    owner, other = await api.user("owner"), await api.user("other")
    answer = await other.put(f"/users/{owner.id}", CHANGE)
    assert (answer.status_code, answer.json()["detail"]) == (
        403,
        "Недостаточно прав: это учётная запись другого пользователя",
    )


async def test_a_logout_ends_one_token(api: Api):
    user = await api.user("doctor")
    other = SignedUp(api, user.id, await api.log_in("doctor"))
    answer = await api.client.post("/auth/logout", headers=user.headers)
    assert (answer.status_code, answer.json()) == (200, {"message": "Вы вышли из системы"})
    assert [await status_of(token) for token in (user, other)] == [401, 200]
    assert (await api.client.post("/auth/logout", headers=user.headers)).status_code == 401


async def test_a_logout_requires_a_token(api: Api):
    assert (await api.client.post("/auth/logout")).status_code == 401
