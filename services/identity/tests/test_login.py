"""Who logs in, who does not, and that both take the same work."""

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
from identity.application.identity import Identity, assemble
from identity.application.passwords import HASHER, Passwords
from identity.domain.errors import WrongCredentials
from identity.domain.profile import Profile
from identity.settings import IdentitySettings


@dataclass
class Counting(PasswordHasher):
    """A hasher that notes which hashes it was asked about."""

    verified: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        super().__init__(time_cost=HASHER.time_cost, memory_cost=HASHER.memory_cost, parallelism=HASHER.parallelism)

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
        self.verified.append(str(hash))
        return super().verify(hash, password)


@pytest.fixture
def hasher() -> Counting:
    return Counting()


@pytest.fixture
def identity(infrastructure: Infrastructure, hasher: Counting) -> Identity:
    return assemble(infrastructure, IdentitySettings(), Passwords(hasher))


@pytest.fixture
async def user_id(identity: Identity) -> int:
    context = CommandContext(uuid4(), "anonymous", "test")
    return (await identity.registration.register(Profile(username="doctor"), "password123", context)).id


async def test_the_right_password_gives_a_token(identity: Identity, user_id: int):
    claims = jwt.decode(await identity.login.login("doctor", "password123"), options={"verify_signature": False})
    assert claims["sub"] == str(user_id)
    assert claims["exp"] - claims["iat"] == timedelta(hours=24).total_seconds()


@pytest.mark.usefixtures("user_id")
async def test_what_is_wrong_is_not_told_and_costs_the_same(identity: Identity, hasher: Counting):
    answers: list[str] = []
    for username, password in (("doctor", "wrong password"), ("nobody", "password123")):
        with pytest.raises(WrongCredentials) as refused:
            await identity.login.login(username, password)
        answers.append(str(refused.value))
    assert len(set(answers)) == 1
    known, unknown = hasher.verified
    assert known.rsplit("$", 2)[0] == unknown.rsplit("$", 2)[0], "one verification each, with the same parameters"
    assert known.startswith("$argon2id$")


@pytest.mark.usefixtures("user_id")
async def test_a_username_has_its_case(identity: Identity):
    with pytest.raises(WrongCredentials):
        await identity.login.login("Doctor", "password123")


async def test_the_new_name_and_password_count_at_once(identity: Identity, user_id: int):
    context = CommandContext(uuid4(), f"user:{user_id}", "test")
    await identity.changes.change(Caller(user_id), user_id, {"username": "renamed"}, "another123", context)
    assert await identity.login.login("renamed", "another123")
    for username, password in (("renamed", "password123"), ("doctor", "another123")):
        with pytest.raises(WrongCredentials):
            await identity.login.login(username, password)


async def test_a_deleted_user_does_not_log_in(identity: Identity, user_id: int):
    await identity.changes.delete(Caller(user_id), user_id, CommandContext(uuid4(), f"user:{user_id}", "test"))
    with pytest.raises(WrongCredentials):
        await identity.login.login("doctor", "password123")


async def test_an_administrator_logs_in_as_one(identity: Identity, user_id: int):
    await identity.changes.grant_admin("doctor", CommandContext(uuid4(), "service:command-line", "test"))
    claims = jwt.decode(await identity.login.login("doctor", "password123"), options={"verify_signature": False})
    assert claims["admin"] is True
