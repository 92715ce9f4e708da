"""The passwords that attackers try first are refused for new accounts and new passwords, and still log in."""

from importlib.resources import files
from uuid import uuid4

import pytest

from chassis.commands.context import CommandContext
from chassis.commands.errors import InvalidValue
from identity import messages
from identity.application.identity import assemble
from identity.domain import profile
from identity.domain.common_passwords import is_common
from identity.domain.profile import Profile
from identity.settings import IdentitySettings
from testkit.identity_api import Api

COMMON = ["password1", "PassWord", "qwerty", "12345678", "Пароль123", "ЙЦУКЕН", "iloveyou", "admin123"]


@pytest.mark.parametrize("password", COMMON)
def test_a_common_password_is_refused_in_any_case(password: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        profile.new_password(password)
    assert refused.value.message == messages.PASSWORD_TOO_COMMON


@pytest.mark.parametrize("password", ["Stethoscope-42", "correct horse", "password1 ", "длинный пароль"])
def test_other_passwords_are_accepted_as_they_are(password: str) -> None:
    assert profile.new_password(password) == password


def test_the_password_of_the_contracts_example_is_accepted() -> None:
    assert profile.new_password("password123") == "password123"


def test_the_list_has_thousands_of_passwords_that_the_rules_would_allow() -> None:
    listed = files("identity.domain").joinpath("common_passwords.txt").read_text(encoding="utf-8").splitlines()
    assert len(listed) > 5_000
    least, most = profile.PASSWORD_LENGTHS
    assert [password for password in listed if not least <= len(password) <= most or not is_common(password)] == []
    assert len(set(listed)) == len(listed)


async def test_registration_and_a_change_of_password_refuse_it_in_both_languages(api: Api) -> None:
    user = await api.user("doctor")
    for language, sentence in (("ru", messages.PASSWORD_TOO_COMMON.ru), ("en", messages.PASSWORD_TOO_COMMON.en)):
        headers = {**user.headers, "Accept-Language": language}
        body = {"username": "nurse", "password": "Password1"}
        register = await api.client.post("/auth/register", json=body, headers=headers)
        change = await api.client.put(f"/users/{user.id}", json={"password": "Password1"}, headers=headers)
        for answer in (register, change):
            assert answer.status_code == 422
            [problem] = answer.json()["detail"]
            assert (problem["loc"], problem["msg"]) == (["body", "password"], sentence)
        assert register.json()["message"] == f"password: {sentence}"
    assert await api.log_in("doctor")


async def test_an_account_with_a_common_password_of_an_earlier_version_logs_in(api: Api) -> None:
    identity = assemble(api.infrastructure, IdentitySettings())
    context = CommandContext(uuid4(), "anonymous", "test")
    await identity.registration.register(Profile(username="early"), "password1", context)
    assert await api.log_in("early", "password1")
