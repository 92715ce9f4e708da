"""Usernames and e-mail addresses are unique, also when commands are interrupted or slow."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from chassis.commands.caller import Caller
from chassis.commands.context import CommandContext
from chassis.ports.infrastructure import Infrastructure
from identity.application.identity import Identity, assemble
from identity.application.unique_names import RESERVATION_TIMEOUT
from identity.application.users import User
from identity.domain.account import Account, Register
from identity.domain.errors import EmailTaken, NameTaken, StaleCommand, UsernameTaken, UserNotFound
from identity.domain.profile import Profile
from identity.settings import IdentitySettings
from testkit.clock import ManualClock

PASSWORD = "Stethoscope-42"


def anonymous() -> CommandContext:
    return CommandContext(uuid4(), "anonymous", "test")


async def register(identity: Identity, username: str, email: str | None = None) -> User:
    return await identity.registration.register(Profile(username=username, email=email), PASSWORD, anonymous())


async def reserve(identity: Identity, username: str, context: CommandContext) -> Register:
    """Run a registration up to the point where it records the account, as if it were interrupted there."""
    number = await identity.registration.numbers.allocate("test", context)
    profile = Profile(username=username)
    claims = await identity.registration.names.claim(number, profile, Account(), context)
    encrypted = await identity.registration.cipher.encrypt(number, "profile", profile.model_dump_json())
    return Register(number, claims.username, None, encrypted, encrypted, identity.registration.clock.now())


async def test_one_of_twenty_concurrent_registrations_gets_the_username(infrastructure: Infrastructure):
    processes = [assemble(infrastructure, IdentitySettings()) for _ in range(2)]
    attempts = [register(processes[n % 2], "doctor", f"doctor{n}@example.com") for n in range(20)]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert sum(isinstance(outcome, User) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, UsernameTaken) for outcome in outcomes) == 19


async def test_one_of_twenty_concurrent_registrations_gets_the_email(identity: Identity):
    attempts = [register(identity, f"doctor{n}", "Doctor@example.com") for n in range(20)]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert sum(isinstance(outcome, User) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, EmailTaken) for outcome in outcomes) == 19


async def test_a_refused_registration_reserves_no_name(identity: Identity):
    await register(identity, "first", "doctor@example.com")
    with pytest.raises(EmailTaken):
        await register(identity, "second", "DOCTOR@example.com")
    assert (await register(identity, "second", "other@example.com")).profile.username == "second"


async def test_a_repeated_registration_returns_the_same_user(identity: Identity):
    context, profile = anonymous(), Profile(username="doctor", email="doctor@example.com")
    first = await identity.registration.register(profile, PASSWORD, context)
    again = await identity.registration.register(profile, PASSWORD, replace(context, correlation_id="retry"))
    assert again == first
    with pytest.raises(UsernameTaken):
        await register(identity, "doctor")


async def test_concurrent_repeats_of_a_registration_create_one_user(identity: Identity):
    context, profile = anonymous(), Profile(username="doctor")
    attempts = [identity.registration.register(profile, PASSWORD, context) for _ in range(3)]
    users = await asyncio.gather(*attempts)
    assert len({user.id for user in users}) == 1


async def test_the_reservation_of_an_interrupted_registration_expires(identity: Identity, clock: ManualClock):
    await reserve(identity, "doctor", anonymous())
    with pytest.raises(UsernameTaken):
        await register(identity, "doctor")
    clock.time = identity.registration.clock.now() + RESERVATION_TIMEOUT + timedelta(seconds=1)
    assert (await register(identity, "doctor")).profile.username == "doctor"


async def test_an_interrupted_registration_can_be_repeated_immediately(identity: Identity):
    context = anonymous()
    await reserve(identity, "doctor", context)
    user = await identity.registration.register(Profile(username="doctor"), PASSWORD, context)
    assert (await identity.users.find_by_username("doctor")).id == user.id


async def test_a_registration_fails_after_its_reservation_has_expired(identity: Identity, clock: ManualClock):
    slow = await reserve(identity, "doctor", anonymous())
    clock.time = identity.registration.clock.now() + RESERVATION_TIMEOUT + timedelta(seconds=1)
    user = await register(identity, "doctor")
    with pytest.raises(StaleCommand):
        await identity.registration.accounts.handle(slow.user_id, slow, anonymous())
    assert (await identity.users.find_by_username("doctor")).id == user.id


async def test_a_name_is_free_after_a_rename_and_the_account_stays(identity: Identity):
    user = await register(identity, "before", "doctor@example.com")
    renamed = await identity.changes.change(Caller(user.id), user.id, {"username": "after"}, None, anonymous())
    assert (renamed.id, renamed.profile.username) == (user.id, "after")
    assert (await identity.users.find_by_username("after")).id == user.id
    with pytest.raises(UserNotFound):
        await identity.users.find_by_username("before")
    assert (await register(identity, "before")).id != user.id


async def test_a_rename_refused_for_the_email_keeps_both_old_names(identity: Identity):
    await register(identity, "first", "first@example.com")
    user = await register(identity, "second", "second@example.com")
    taken = {"username": "third", "email": "FIRST@example.com"}
    with pytest.raises(EmailTaken):
        await identity.changes.change(Caller(user.id), user.id, taken, None, anonymous())
    assert (await identity.users.find(user.id)).profile == user.profile
    await register(identity, "third")
    with pytest.raises(UsernameTaken):
        await register(identity, "second")


async def test_concurrent_changes_are_all_applied(identity: Identity):
    user = await register(identity, "doctor")
    changes = [{"bio": "here"}, {"full_name": "A. Doctor"}, {"avatar_url": "https://example.com/a.png"}]
    await asyncio.gather(
        *(identity.changes.change(Caller(user.id), user.id, change, None, anonymous()) for change in changes)
    )
    current = (await identity.users.find(user.id)).profile
    assert (current.bio, current.full_name, current.avatar_url) == ("here", "A. Doctor", "https://example.com/a.png")


async def test_a_repeated_rename_does_not_undo_a_later_one(identity: Identity):
    user, context = await register(identity, "one"), anonymous()
    await identity.changes.change(Caller(user.id), user.id, {"username": "two"}, None, context)
    await identity.changes.change(Caller(user.id), user.id, {"username": "three"}, None, anonymous())
    again = await identity.changes.change(Caller(user.id), user.id, {"username": "two"}, None, context)
    assert again.profile.username == "three"
    assert (await register(identity, "two")).id != user.id


async def test_one_of_two_concurrent_renames_gets_the_username(identity: Identity):
    users = [await register(identity, name) for name in ("one", "two")]
    change = identity.changes.change
    renames = [change(Caller(user.id), user.id, {"username": "x"}, None, anonymous()) for user in users]
    outcomes = await asyncio.gather(*renames, return_exceptions=True)
    assert sum(isinstance(outcome, User) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, NameTaken) for outcome in outcomes) == 1


async def test_usernames_are_case_sensitive_and_emails_are_not(identity: Identity):
    await register(identity, "doctor", "doctor@example.com")
    assert await register(identity, "Doctor")
    with pytest.raises(EmailTaken):
        await register(identity, "third", "DOCTOR@EXAMPLE.COM")


async def test_deleting_an_account_releases_both_names(identity: Identity):
    user = await register(identity, "doctor", "doctor@example.com")
    await identity.changes.delete(Caller(user.id), user.id, anonymous())
    assert (await register(identity, "doctor", "doctor@example.com")).id != user.id
