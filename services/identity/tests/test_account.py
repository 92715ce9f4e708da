from datetime import UTC, datetime
from uuid import UUID, uuid4

from identity.domain.account import ACCOUNT, ChangeProfile, Delete, GrantAdmin, Register, WithdrawClaim
from identity.domain.errors import StaleCommand, UserNotFound
from identity.domain.events import (
    AdminGranted,
    Claim,
    ClaimWithdrawn,
    PasswordChanged,
    ProfileChanged,
    UserDeleted,
    UserRegistered,
)
from testkit.scenario import Scenario

AT = datetime(2026, 1, 2, tzinfo=UTC)
LATER = datetime(2026, 1, 3, tzinfo=UTC)
NAME = Claim(name="hash-of-name", reservation=uuid4())
OTHER = Claim(name="hash-of-other", reservation=uuid4())
EMAIL = Claim(name="hash-of-address", reservation=uuid4())
REGISTERED = UserRegistered(user_id=7, username=NAME, email=EMAIL, profile="encrypted", password="hash", at=AT)
DELETED = UserDeleted(user_id=7)
unregistered = Scenario(ACCOUNT)
registered = unregistered.given(REGISTERED)
deleted = registered.given(DELETED)


def register(username: Claim = NAME) -> Register:
    return Register(7, username, EMAIL, "encrypted", "hash", AT)


def change(
    username: Claim = NAME, profile: str = "encrypted again", password: str | None = None, based_on: str = "encrypted"
) -> ChangeProfile:
    return ChangeProfile(7, based_on, username, EMAIL, profile, password, LATER)


def changed(username: Claim = NAME) -> ProfileChanged:
    return ProfileChanged(user_id=7, username=username, email=EMAIL, profile="encrypted again", at=LATER)


def withdraw(claim: Claim = NAME) -> WithdrawClaim:
    return WithdrawClaim(7, claim.name, claim.reservation)


def withdrawn(reservation: UUID) -> ClaimWithdrawn:
    return ClaimWithdrawn(user_id=7, reservation=reservation)


def test_an_account_begins_with_its_registration():
    state = unregistered.when(register()).then(REGISTERED).state
    assert state.active
    assert state.has_name(NAME.name)
    assert state.registered_at == AT


def test_an_account_is_registered_once():
    registered.when(register()).then_refused(StaleCommand)
    deleted.when(register()).then_refused(StaleCommand)


def test_a_registration_cannot_use_a_withdrawn_reservation():
    unregistered.given(withdrawn(NAME.reservation)).when(register()).then_refused(StaleCommand)
    unregistered.given(withdrawn(EMAIL.reservation)).when(register()).then_refused(StaleCommand)


def test_an_unused_reservation_is_withdrawn_once():
    unregistered.when(withdraw()).then(withdrawn(NAME.reservation)).when(withdraw()).then_nothing()


def test_a_used_reservation_is_not_withdrawn():
    registered.when(withdraw()).then_nothing()


def test_nothing_is_withdrawn_from_a_deleted_account():
    deleted.when(withdraw(OTHER)).then_nothing()


def test_a_change_replaces_the_profile():
    state = registered.when(change(OTHER)).then(changed(OTHER)).state
    assert (state.profile, state.updated_at) == ("encrypted again", LATER)
    assert state.has_name(OTHER.name)
    assert not state.has_name(NAME.name)


def test_a_change_without_effect_records_no_event():
    registered.when(change(profile="encrypted")).then_nothing()


def test_a_password_change_keeps_the_profile():
    state = registered.when(change(profile="encrypted", password="new")).then(
        PasswordChanged(user_id=7, password="new", at=LATER, generation=1)
    )
    assert (state.state.password, state.state.profile) == ("new", "encrypted")


def test_a_change_of_profile_and_password_records_two_events():
    registered.when(change(password="new")).then(
        changed(), PasswordChanged(user_id=7, password="new", at=LATER, generation=1)
    )


def test_each_password_begins_another_generation_of_tokens():
    once = registered.given(PasswordChanged(user_id=7, password="new", at=LATER, generation=1))
    again = PasswordChanged(user_id=7, password="newer", at=LATER, generation=2)
    assert once.when(change(profile="encrypted", password="newer")).then(again).state.token_generation == 2


def test_a_password_that_an_earlier_release_changed_keeps_the_generation():
    earlier = PasswordChanged(user_id=7, password="newer", at=LATER)
    later = registered.given(PasswordChanged(user_id=7, password="new", at=LATER, generation=1), earlier)
    assert later.state.token_generation == 1


def test_a_change_based_on_an_older_profile_is_stale():
    registered.given(changed()).when(change(based_on="encrypted")).then_refused(StaleCommand)


def test_a_rename_cannot_use_a_withdrawn_reservation():
    registered.given(withdrawn(OTHER.reservation)).when(change(OTHER)).then_refused(StaleCommand)


def test_admin_rights_are_granted_once():
    assert registered.when(GrantAdmin(7)).then(AdminGranted(user_id=7)).state.admin
    registered.given(AdminGranted(user_id=7)).when(GrantAdmin(7)).then_nothing()


def test_a_deleted_account_has_no_name_but_keeps_the_claims_to_release():
    state = registered.when(Delete(7)).then(DELETED).state
    assert not state.active
    assert not state.has_name(NAME.name)
    assert not state.uses(NAME)
    assert state.claims == [NAME, EMAIL]


def test_an_unregistered_or_deleted_account_cannot_be_changed():
    for missing in (unregistered, deleted):
        for command in (change(), GrantAdmin(7), Delete(7)):
            missing.when(command).then_refused(UserNotFound)
