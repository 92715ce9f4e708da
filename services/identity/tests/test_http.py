"""The HTTP API of identity."""

import asyncio
import os
from pathlib import Path

import pytest

from chassis.commands.recording import envelope_of
from identity.service import grant_admin
from identity.settings import IdentitySettings
from testkit.identity_api import Api, running

USER_FIELDS = ["id", "username", "email", "full_name", "bio", "avatar_url", "created_at", "updated_at"]


async def test_registration_returns_the_user(api: Api):
    answer = await api.register(
        "user123", email="user@Example.com", full_name="John Doe", bio="x", avatar_url="https://example.com/a.jpg"
    )
    assert answer.status_code == 201
    body = answer.json()
    assert list(body) == USER_FIELDS
    assert (body["id"], body["username"], body["email"]) == (1, "user123", "user@example.com")
    assert body["created_at"].endswith("Z")
    assert body["updated_at"] is None


async def test_a_taken_username_and_a_taken_email_are_different_errors_with_detail_and_message(api: Api):
    await api.register("doctor", email="doctor@example.com")
    username = await api.register("doctor", email="other@example.com")
    email = await api.register("other", email="DOCTOR@example.com")
    assert (username.status_code, email.status_code) == (400, 400)
    assert username.json() == {"detail": "Username уже занят", "message": "Username уже занят"}
    assert email.json() == {"detail": "Email уже зарегистрирован", "message": "Email уже зарегистрирован"}


async def test_one_of_twenty_concurrent_registrations_of_a_username_succeeds(api: Api):
    answers = await asyncio.gather(*(api.register("doctor") for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] + [400] * 19


async def test_an_idempotency_key_makes_a_retry_safe(api: Api):
    body, key = {"username": "doctor", "password": "Stethoscope-42"}, {"Idempotency-Key": "once"}
    first = await api.client.post("/auth/register", json=body, headers=key)
    again = await api.client.post("/auth/register", json=body, headers=key)
    assert (again.status_code, again.json()) == (first.status_code, first.json())


async def test_login_returns_a_token_of_the_user(api: Api):
    await api.register("doctor")
    answer = await api.client.post("/auth/login", json={"username": "doctor", "password": "Stethoscope-42"})
    assert answer.status_code == 200
    assert list(answer.json()) == ["access_token", "token_type"]
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    me = await api.client.get("/auth/me", headers=headers)
    assert me.json()["username"] == "doctor"


async def test_a_user_is_told_the_quotas_and_others_are_not(api: Api):
    user = await api.user("doctor")
    assert (await user.get("/auth/me")).json()["quotas"] == {
        "bytes": {"used": 0, "allowed": 100 * 1024**3},
        "files": {"used": 0, "allowed": 10_000},
        "jobs_waiting": {"used": 0, "allowed": None},
    }
    assert "quotas" not in (await user.get(f"/users/{user.id}")).json()


async def test_a_user_is_told_the_largest_upload_before_sending_it(tmp_path: Path):
    async with running(tmp_path, IdentitySettings(rate_limits="off", max_upload_bytes=1000)) as api:
        user = await api.user("doctor")
        assert (await user.get("/auth/me")).json()["max_upload_bytes"] == 1000


async def test_a_user_is_told_whether_the_token_is_an_administrators(api: Api):
    user = await api.user("doctor")
    assert (await user.get("/auth/me")).json()["admin"] is False
    await grant_admin(api.infrastructure, IdentitySettings(), "doctor")
    me = await api.client.get("/auth/me", headers=await api.log_in("doctor"))
    assert me.json()["admin"] is True
    assert (await user.get("/auth/me")).json()["admin"] is False  # other services read the earlier token, too
    assert "admin" not in (await user.get(f"/users/{user.id}")).json()


async def test_a_refused_login_does_not_say_what_was_wrong(api: Api):
    await api.register("doctor")
    for username, password in (("doctor", "wrong"), ("nobody", "Stethoscope-42"), ("a\x01b", "x")):
        answer = await api.client.post("/auth/login", json={"username": username, "password": password})
        assert answer.status_code == 401
        sentence = "Неверное имя пользователя или пароль"
        assert answer.json() == {"detail": sentence, "message": sentence}


@pytest.mark.parametrize("path", ["/auth/me", "/users", "/users/1", "/users/username/doctor"])
async def test_users_are_visible_with_a_token_only(api: Api, path: str):
    answer = await api.client.get(path)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_the_list_is_in_order_of_registration_and_paged(api: Api):
    users = [await api.user(name) for name in ("c", "a", "b")]
    listed = (await users[0].get("/users")).json()
    assert [(user["id"], user["username"]) for user in listed] == [(1, "c"), (2, "a"), (3, "b")]
    assert list(listed[0]) == USER_FIELDS
    assert (await users[0].get("/users?skip=1&limit=1")).json() == listed[1:2]
    assert (await users[0].get("/users?skip=3")).json() == []


async def test_an_email_is_visible_to_its_owner_and_to_administrators(api: Api):
    owner = await api.user("owner", email="owner@example.com")
    other = await api.user("other")
    paths = [f"/users/{owner.id}", "/users/username/owner"]
    assert [(await owner.get(path)).json()["email"] for path in paths] == ["owner@example.com"] * 2
    assert [(await other.get(path)).json()["email"] for path in paths] == [None] * 2
    assert [user["email"] for user in (await other.get("/users")).json()] == [None, None]
    await grant_admin(api.infrastructure, IdentitySettings(), "other")
    assert [(await other.get(path)).json()["email"] for path in paths] == ["owner@example.com"] * 2
    assert [user["email"] for user in (await other.get("/users")).json()] == ["owner@example.com", None]


async def test_a_rename_keeps_the_account_and_its_token(api: Api):
    user = await api.user("before")
    answer = await user.put(f"/users/{user.id}", {"username": "после/переименования"})
    assert answer.status_code == 200
    assert answer.json()["updated_at"] is not None
    assert (await user.get("/auth/me")).json()["username"] == "после/переименования"
    assert (await user.get("/users/username/после/переименования")).json()["id"] == user.id
    assert (await user.get("/users/username/%D0%BF%D0%BE%D1%81%D0%BB%D0%B5%2Fпереименования")).json()["id"] == user.id
    assert (await user.get("/users/username/before")).status_code == 404
    assert (await user.get("/users")).json()[0]["username"] == "после/переименования"


async def test_every_field_can_be_changed_and_the_others_stay(api: Api):
    user = await api.user("doctor", email="doctor@example.com", bio="x")
    passwords = {"password": "Tongue-depressor-7", "current_password": "Stethoscope-42"}
    answer = await user.put(f"/users/{user.id}", {"full_name": "A. Doctor", "bio": None, **passwords})
    body = answer.json()
    assert (body["username"], body["email"]) == ("doctor", "doctor@example.com")
    assert (body["full_name"], body["bio"]) == ("A. Doctor", None)
    assert await api.log_in("doctor", "Tongue-depressor-7")


async def test_an_empty_change_changes_nothing(api: Api):
    user = await api.user("doctor")
    before = (await user.get(f"/users/{user.id}")).json()
    assert (await user.put(f"/users/{user.id}", {})).json() == before


async def test_a_taken_name_changes_nothing(api: Api):
    await api.register("first", email="first@example.com")
    user = await api.user("second")
    before = (await user.get("/auth/me")).json()
    for change in ({"username": "first"}, {"username": "third", "email": "first@example.com"}):
        assert (await user.put(f"/users/{user.id}", change)).status_code == 400
    assert (await user.get("/auth/me")).json() == before


async def test_only_an_administrator_changes_another_account(api: Api):
    owner, other = await api.user("owner"), await api.user("other")
    assert (await other.put(f"/users/{owner.id}", {"bio": "x"})).status_code == 403
    assert (await other.delete(f"/users/{owner.id}")).status_code == 403
    await grant_admin(api.infrastructure, IdentitySettings(), "other")
    assert (await other.put(f"/users/{owner.id}", {"bio": "x"})).json()["bio"] == "x"
    assert (await other.delete(f"/users/{owner.id}")).status_code == 200


async def test_an_unknown_user_is_404(api: Api):
    user = await api.user("doctor")
    for answer in (
        await user.get("/users/99"),
        await user.get("/users/0"),
        await user.get("/users/-1"),
        await user.get("/users/username/nobody"),
        await user.put("/users/99", {"bio": "x"}),
        await user.delete("/users/99"),
    ):
        assert (answer.status_code, answer.json()) == (404, {"detail": "Пользователь не найден"})


async def test_the_list_shows_every_change_that_was_answered(api: Api):
    user = await api.user("user0")
    for n in range(1, 10):
        await api.register(f"user{n}")
        await user.put(f"/users/{user.id}", {"bio": str(n)})
        listed = (await user.get("/users")).json()
        assert (len(listed), listed[0]["bio"]) == (n + 1, str(n))


async def test_a_granted_administrator_names_the_operator(api: Api):
    user = await api.user("doctor")
    await grant_admin(api.infrastructure, IdentitySettings(), "doctor")
    (*_, granted) = await api.infrastructure.events.read(f"user-{user.id}")
    assert envelope_of(granted).actor == f"service:command-line/uid-{os.getuid()}"
