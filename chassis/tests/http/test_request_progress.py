"""When a request that arrives slowly is overdue, by given times."""

import pytest

from chassis.http.request_progress import (
    BODY_WINDOW_BYTES,
    BODY_WINDOW_SECONDS,
    HEAD_SECONDS,
    RESTING_BODY_SECONDS,
    UNREAD_BODY_SECONDS,
    Phase,
    RequestProgress,
)

KEEP_ALIVE_SECONDS = 75


@pytest.mark.parametrize(
    ("phase", "seconds"),
    [
        (Phase.NEW, HEAD_SECONDS),
        (Phase.HEAD, HEAD_SECONDS),
        (Phase.BODY, BODY_WINDOW_SECONDS),
        (Phase.ANSWERED_BODY, UNREAD_BODY_SECONDS),
        (Phase.IDLE, KEEP_ALIVE_SECONDS),
    ],
)
def test_each_phase_has_its_time(phase: Phase, seconds: float) -> None:
    progress = RequestProgress(0)
    progress.enter(phase, 100)
    assert not progress.is_overdue(100 + seconds, KEEP_ALIVE_SECONDS)
    assert progress.is_overdue(100 + seconds + 0.1, KEEP_ALIVE_SECONDS)


def test_a_request_that_has_arrived_is_not_overdue() -> None:
    progress = RequestProgress(0)
    progress.enter(Phase.COMPLETE, 0)
    assert not progress.is_overdue(1e6, KEEP_ALIVE_SECONDS)


def test_a_slow_body_that_goes_on_is_never_overdue() -> None:
    """At 300 bytes a second, in one piece at the end of each minute."""
    progress = RequestProgress(0)
    progress.enter(Phase.BODY, 0)
    for second in range(1, 36_000):
        if second % 59 == 0:
            progress.body_arrived(300 * 59, second)
        assert not progress.is_overdue(second, KEEP_ALIVE_SECONDS)


def test_a_body_that_drips_is_overdue_after_a_window() -> None:
    progress = RequestProgress(0)
    progress.enter(Phase.BODY, 0)
    progress.body_arrived(BODY_WINDOW_BYTES, 10)
    assert not progress.is_overdue(BODY_WINDOW_SECONDS + 1, KEEP_ALIVE_SECONDS)
    for second in range(60):
        progress.body_arrived(100, BODY_WINDOW_SECONDS + second)
    assert progress.is_overdue(2 * BODY_WINDOW_SECONDS + 2, KEEP_ALIVE_SECONDS)


def test_connections_that_wait_are_replaced_before_bodies_that_rest_and_others_never() -> None:
    def since(phase: Phase, began: float) -> tuple[bool, float] | None:
        progress = RequestProgress(0)
        progress.enter(phase, began)
        return progress.replaceable_since(100)

    readily = [since(Phase.IDLE, 10), since(Phase.HEAD, 90), since(Phase.BODY, 20), since(Phase.BODY, 30)]
    assert sorted(key for key in readily if key) == readily
    assert since(Phase.BODY, 100 - RESTING_BODY_SECONDS) is None
    assert since(Phase.COMPLETE, 0) is None
