from datetime import UTC, datetime
from uuid import uuid4

from identity.domain.events import NameReleased, NameReserved
from identity.domain.reservation import RESERVATION, AlreadyReserved, Release, Reserve
from testkit.scenario import Scenario

UNTIL = datetime(2026, 1, 2, tzinfo=UTC)
FIRST, SECOND, COMMAND = uuid4(), uuid4(), uuid4()
RESERVED = NameReserved(reservation=FIRST, user_id=7, command=COMMAND, expires_at=UNTIL)
TAKEN_OVER = NameReserved(reservation=SECOND, user_id=8, command=COMMAND, expires_at=UNTIL)
free = Scenario(RESERVATION)
reserved = free.given(RESERVED)


def test_a_free_name_is_reserved():
    assert free.when(Reserve(FIRST, 7, COMMAND, UNTIL)).then(RESERVED).state == RESERVED


def test_a_reserved_name_is_not_reserved_again():
    reserved.when(Reserve(SECOND, 8, COMMAND, UNTIL)).then_refused(AlreadyReserved)


def test_a_void_reservation_is_replaced():
    reserved.when(Reserve(SECOND, 8, COMMAND, UNTIL, replaces=FIRST)).then(TAKEN_OVER)


def test_only_the_reservation_that_was_found_void_is_replaced():
    reserved.given(TAKEN_OVER).when(Reserve(uuid4(), 9, COMMAND, UNTIL, replaces=FIRST)).then_refused(AlreadyReserved)


def test_a_released_name_is_free():
    reserved.when(Release(FIRST)).then(NameReleased(reservation=FIRST)).when(Reserve(SECOND, 8, COMMAND, UNTIL)).then(
        TAKEN_OVER
    )


def test_a_late_release_does_not_free_the_name_of_another():
    reserved.given(TAKEN_OVER).when(Release(FIRST)).then_nothing()
    free.when(Release(FIRST)).then_nothing()
