"""Login: tokens for correct credentials, and the same work for wrong ones."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal
from uuid import uuid4

import jwt
import pytest
from argon2 import PasswordHasher

from chassis.commands.caller import Caller
from chassis.commands.context import CommandContext
from chassis.ports.infrastructure import Infrastructure
from identity.application.changes import NewPassword
from identity.application.identity import Identity, assemble
from identity.application.passwords import HASHER, Passwords
from identity.domain.errors import WrongCredentials
from identity.domain.profile import Profile
from identity.settings import IdentitySettings


@dataclass
class RecordingHasher(PasswordHasher):
    """A hasher that records the hashes that it verifies."""

    verified: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        super().__init__(time_cost=HASHER.time_cost, memory_cost=HASHER.memory_cost, parallelism=HASHER.parallelism)

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
        self.verified.append(str(hash))
        return super().verify(hash, password)


@pytest.fixture
def hasher() -> RecordingHasher:
    return RecordingHasher()


@pytest.fixture
def identity(infrastructure: Infrastructure, hasher: RecordingHasher) -> Identity:
    return assemble(infrastructure, IdentitySettings(), Passwords(hasher))


@pytest.fixture
async def user_id(identity: Identity) -> int:
    context = CommandContext(uuid4(), "anonymous", "test")
    return (await identity.registration.register(Profile(username="doctor"), "Stethoscope-42", context)).id


async def log_in(identity: Identity, username: str, password: str) -> str:
    return (await identity.login.login(username, password, "192.0.2.1")).token


async def test_the_right_password_returns_a_token(identity: Identity, user_id: int):
    claims = jwt.decode(await log_in(identity, "doctor", "Stethoscope-42"), options={"verify_signature": False})
    assert claims["sub"] == str(user_id)
    assert claims["exp"] - claims["iat"] == timedelta(hours=24).total_seconds()


@pytest.mark.usefixtures("user_id")
async def test_an_unknown_user_and_a_wrong_password_have_one_error_and_one_cost(
    identity: Identity, hasher: RecordingHasher
):
    answers: list[str] = []
    for username, password in (("doctor", "wrong password"), ("nobody", "Stethoscope-42")):
        with pytest.raises(WrongCredentials) as refused:
            await log_in(identity, username, password)
        answers.append(str(refused.value))
    assert len(set(answers)) == 1
    known, unknown = hasher.verified
    assert known.rsplit("$", 2)[0] == unknown.rsplit("$", 2)[0], "one verification each, with the same parameters"
    assert known.startswith("$argon2id$")


@pytest.mark.usefixtures("user_id")
async def test_a_username_is_case_sensitive(identity: Identity):
    with pytest.raises(WrongCredentials):
        await log_in(identity, "Doctor", "Stethoscope-42")


async def test_a_new_username_and_password_are_valid_immediately(identity: Identity, user_id: int):
    context = CommandContext(uuid4(), f"user:{user_id}", "test")
    new = NewPassword("Tongue-depressor-7", current="Stethoscope-42", address="192.0.2.1")
    await identity.changes.change(Caller(user_id), user_id, {"username": "renamed"}, new, context)
    assert await log_in(identity, "renamed", "Tongue-depressor-7")
    for username, password in (("renamed", "Stethoscope-42"), ("doctor", "Tongue-depressor-7")):
        with pytest.raises(WrongCredentials):
            await log_in(identity, username, password)


async def test_a_deleted_user_cannot_log_in(identity: Identity, user_id: int):
    await identity.changes.delete(Caller(user_id), user_id, CommandContext(uuid4(), f"user:{user_id}", "test"))
    with pytest.raises(WrongCredentials):
        await log_in(identity, "doctor", "Stethoscope-42")


async def test_the_token_of_an_administrator_has_the_admin_claim(identity: Identity, user_id: int):
    await identity.changes.grant_admin("doctor", CommandContext(uuid4(), "service:command-line", "test"))
    claims = jwt.decode(await log_in(identity, "doctor", "Stethoscope-42"), options={"verify_signature": False})
    assert claims["admin"] is True


@pytest.mark.parametrize("name", ["ａｄｍｉｎ", "\u0430dmin", "\u3164", "a\u0335dmin", "👍"])
async def test_an_account_of_before_the_rules_for_names_still_logs_in(identity: Identity, name: str):
    context = CommandContext(uuid4(), "anonymous", "test")
    await identity.registration.register(Profile(username="admin"), "password456", context)
    earlier = await identity.registration.register(
        Profile(username=name), "Stethoscope-42", CommandContext(uuid4(), "anonymous", "test")
    )
    assert (await identity.login.login(name, "Stethoscope-42", "192.0.2.1")).user_id == earlier.id
