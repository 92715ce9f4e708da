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
REGISTERED = UserRegistered(user_id=7, username=NAME, email=EMAIL, profile="sealed", password="sealed-hash", at=AT)
DELETED = UserDeleted(user_id=7)
nobody = Scenario(ACCOUNT)
somebody = nobody.given(REGISTERED)
deleted = somebody.given(DELETED)


def register(username: Claim = NAME) -> Register:
    return Register(7, username, EMAIL, "sealed", "sealed-hash", AT)


def change(
    username: Claim = NAME, profile: str = "sealed anew", password: str | None = None, based_on: str = "sealed"
) -> ChangeProfile:
    return ChangeProfile(7, based_on, username, EMAIL, profile, password, LATER)


def changed(username: Claim = NAME) -> ProfileChanged:
    return ProfileChanged(user_id=7, username=username, email=EMAIL, profile="sealed anew", at=LATER)


def withdraw(claim: Claim = NAME) -> WithdrawClaim:
    return WithdrawClaim(7, claim.name, claim.reservation)


def withdrawn(reservation: UUID) -> ClaimWithdrawn:
    return ClaimWithdrawn(user_id=7, reservation=reservation)


def test_an_account_begins_with_its_registration():
    state = nobody.when(register()).then(REGISTERED).state
    assert state.active
    assert state.holds(NAME.name)
    assert state.registered_at == AT


def test_an_id_is_registered_once():
    somebody.when(register()).then_refused(StaleCommand)
    deleted.when(register()).then_refused(StaleCommand)


def test_a_registration_cannot_rest_on_a_withdrawn_reservation():
    nobody.given(withdrawn(NAME.reservation)).when(register()).then_refused(StaleCommand)
    nobody.given(withdrawn(EMAIL.reservation)).when(register()).then_refused(StaleCommand)


def test_a_reservation_nobody_rests_on_is_withdrawn_once():
    nobody.when(withdraw()).then(withdrawn(NAME.reservation)).when(withdraw()).then_nothing()


def test_a_name_that_is_held_is_not_withdrawn():
    somebody.when(withdraw()).then_nothing()


def test_nothing_is_withdrawn_from_a_deleted_account():
    deleted.when(withdraw(OTHER)).then_nothing()


def test_a_change_replaces_the_profile():
    state = somebody.when(change(OTHER)).then(changed(OTHER)).state
    assert (state.profile, state.updated_at) == ("sealed anew", LATER)
    assert state.holds(OTHER.name)
    assert not state.holds(NAME.name)


def test_a_change_that_changes_nothing_is_no_event():
    somebody.when(change(profile="sealed")).then_nothing()


def test_a_new_password_leaves_the_profile():
    state = somebody.when(change(profile="sealed", password="new")).then(
        PasswordChanged(user_id=7, password="new", at=LATER)
    )
    assert (state.state.password, state.state.profile) == ("new", "sealed")


def test_a_change_of_both_is_two_events_at_once():
    somebody.when(change(password="new")).then(changed(), PasswordChanged(user_id=7, password="new", at=LATER))


def test_a_change_prepared_on_an_older_profile_is_refused():
    somebody.given(changed()).when(change(based_on="sealed")).then_refused(StaleCommand)


def test_a_rename_cannot_rest_on_a_withdrawn_reservation():
    somebody.given(withdrawn(OTHER.reservation)).when(change(OTHER)).then_refused(StaleCommand)


def test_an_administrator_is_made_once():
    assert somebody.when(GrantAdmin(7)).then(AdminGranted(user_id=7)).state.admin
    somebody.given(AdminGranted(user_id=7)).when(GrantAdmin(7)).then_nothing()


def test_a_deleted_account_holds_no_name_but_knows_which_to_free():
    state = somebody.when(Delete(7)).then(DELETED).state
    assert not state.active
    assert not state.holds(NAME.name)
    assert not state.rests_on(NAME)
    assert state.claims == [NAME, EMAIL]


def test_who_is_not_there_cannot_be_changed():
    for missing in (nobody, deleted):
        for command in (change(), GrantAdmin(7), Delete(7)):
            missing.when(command).then_refused(UserNotFound)
