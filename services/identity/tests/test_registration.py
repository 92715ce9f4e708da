"""Names are unique, whoever is interrupted, and whoever is slow."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from chassis.commands.caller import Caller
from chassis.commands.context import CommandContext
from chassis.ports.infrastructure import Infrastructure
from identity.application.identity import Identity, assemble
from identity.application.names import PATIENCE
from identity.application.users import User
from identity.domain.account import Account, Register
from identity.domain.errors import EmailTaken, NameTaken, StaleCommand, UsernameTaken, UserNotFound
from identity.domain.profile import Profile
from identity.settings import IdentitySettings
from testkit.clock import ManualClock

PASSWORD = "password123"


def somebody() -> CommandContext:
    return CommandContext(uuid4(), "anonymous", "test")


async def register(identity: Identity, username: str, email: str | None = None) -> User:
    return await identity.registration.register(Profile(username=username, email=email), PASSWORD, somebody())


async def reserve(identity: Identity, username: str, context: CommandContext) -> Register:
    """Do what a registration does before it records the account, as if it were interrupted there."""
    number = await identity.registration.numbers.allocate("test", context)
    claims = await identity.registration.claiming.claim(number, Profile(username=username), Account(), context)
    sealed = await identity.registration.sealing.seal(number, "profile", Profile(username=username).model_dump_json())
    return Register(number, claims.username, None, sealed, sealed, identity.registration.clock.now())


async def test_of_twenty_who_want_one_name_one_gets_it(infrastructure: Infrastructure):
    processes = [assemble(infrastructure, IdentitySettings()) for _ in range(2)]
    attempts = [register(processes[n % 2], "doctor", f"doctor{n}@example.com") for n in range(20)]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert sum(isinstance(outcome, User) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, UsernameTaken) for outcome in outcomes) == 19


async def test_of_twenty_who_want_one_address_one_gets_it(identity: Identity):
    attempts = [register(identity, f"doctor{n}", "Doctor@example.com") for n in range(20)]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert sum(isinstance(outcome, User) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, EmailTaken) for outcome in outcomes) == 19


async def test_a_refused_registration_keeps_no_name(identity: Identity):
    await register(identity, "first", "doctor@example.com")
    with pytest.raises(EmailTaken):
        await register(identity, "second", "DOCTOR@example.com")
    assert (await register(identity, "second", "other@example.com")).profile.username == "second"


async def test_the_same_command_again_is_the_same_user(identity: Identity):
    context, profile = somebody(), Profile(username="doctor", email="doctor@example.com")
    first = await identity.registration.register(profile, PASSWORD, context)
    again = await identity.registration.register(profile, PASSWORD, replace(context, correlation_id="retry"))
    assert again == first
    with pytest.raises(UsernameTaken):
        await register(identity, "doctor")


async def test_the_same_command_twice_at_once_is_one_user(identity: Identity):
    context, profile = somebody(), Profile(username="doctor")
    attempts = [identity.registration.register(profile, PASSWORD, context) for _ in range(3)]
    users = await asyncio.gather(*attempts)
    assert len({user.id for user in users}) == 1


async def test_an_interrupted_registration_keeps_its_name_for_a_while_only(identity: Identity, clock: ManualClock):
    await reserve(identity, "doctor", somebody())
    with pytest.raises(UsernameTaken):
        await register(identity, "doctor")
    clock.time = identity.registration.clock.now() + PATIENCE + timedelta(seconds=1)
    assert (await register(identity, "doctor")).profile.username == "doctor"


async def test_an_interrupted_registration_can_be_repeated_at_once(identity: Identity):
    context = somebody()
    await reserve(identity, "doctor", context)
    user = await identity.registration.register(Profile(username="doctor"), PASSWORD, context)
    assert (await identity.users.find_by_username("doctor")).id == user.id


async def test_a_registration_slower_than_its_reservation_fails(identity: Identity, clock: ManualClock):
    slow = await reserve(identity, "doctor", somebody())
    clock.time = identity.registration.clock.now() + PATIENCE + timedelta(seconds=1)
    user = await register(identity, "doctor")
    with pytest.raises(StaleCommand):
        await identity.registration.accounts.handle(slow.user_id, slow, somebody())
    assert (await identity.users.find_by_username("doctor")).id == user.id


async def test_a_name_is_free_after_a_rename_and_the_account_stays(identity: Identity):
    user = await register(identity, "before", "doctor@example.com")
    renamed = await identity.changes.change(Caller(user.id), user.id, {"username": "after"}, None, somebody())
    assert (renamed.id, renamed.profile.username) == (user.id, "after")
    assert (await identity.users.find_by_username("after")).id == user.id
    with pytest.raises(UserNotFound):
        await identity.users.find_by_username("before")
    assert (await register(identity, "before")).id != user.id


async def test_a_rename_that_fails_on_the_address_keeps_the_old_names(identity: Identity):
    await register(identity, "first", "first@example.com")
    user = await register(identity, "second", "second@example.com")
    taken = {"username": "third", "email": "FIRST@example.com"}
    with pytest.raises(EmailTaken):
        await identity.changes.change(Caller(user.id), user.id, taken, None, somebody())
    assert (await identity.users.find(user.id)).profile == user.profile
    await register(identity, "third")
    with pytest.raises(UsernameTaken):
        await register(identity, "second")


async def test_two_changes_at_once_both_happen(identity: Identity):
    user = await register(identity, "doctor")
    changes = [{"bio": "here"}, {"full_name": "A. Doctor"}, {"avatar_url": "https://example.com/a.png"}]
    await asyncio.gather(
        *(identity.changes.change(Caller(user.id), user.id, change, None, somebody()) for change in changes)
    )
    present = (await identity.users.find(user.id)).profile
    assert (present.bio, present.full_name, present.avatar_url) == ("here", "A. Doctor", "https://example.com/a.png")


async def test_a_repeated_rename_does_not_undo_a_later_one(identity: Identity):
    user, context = await register(identity, "one"), somebody()
    await identity.changes.change(Caller(user.id), user.id, {"username": "two"}, None, context)
    await identity.changes.change(Caller(user.id), user.id, {"username": "three"}, None, somebody())
    again = await identity.changes.change(Caller(user.id), user.id, {"username": "two"}, None, context)
    assert again.profile.username == "three"
    assert (await register(identity, "two")).id != user.id


async def test_of_two_who_rename_to_one_name_one_gets_it(identity: Identity):
    users = [await register(identity, name) for name in ("one", "two")]
    renames = [identity.changes.change(Caller(user.id), user.id, {"username": "x"}, None, somebody()) for user in users]
    outcomes = await asyncio.gather(*renames, return_exceptions=True)
    assert sum(isinstance(outcome, User) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, NameTaken) for outcome in outcomes) == 1


async def test_names_differ_by_case_and_addresses_do_not(identity: Identity):
    await register(identity, "doctor", "doctor@example.com")
    assert await register(identity, "Doctor")
    with pytest.raises(EmailTaken):
        await register(identity, "third", "DOCTOR@EXAMPLE.COM")


async def test_deleting_frees_both_names(identity: Identity):
    user = await register(identity, "doctor", "doctor@example.com")
    await identity.changes.delete(Caller(user.id), user.id, somebody())
    assert (await register(identity, "doctor", "doctor@example.com")).id != user.id
