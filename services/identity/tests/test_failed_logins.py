"""Failed log-ins delay further ones to the same account, from wherever they come; the owner gets in."""

import asyncio
from datetime import timedelta

import pytest

from chassis.adapters.memory.window_storage import WindowStorage
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.infrastructure import Infrastructure
from identity.application.failed_logins import FREE_TRIES, KNOWN_SECONDS, MAX_DELAY_SECONDS, FailedLogins
from identity.domain.errors import TooManyTries, WrongCredentials
from testkit.clock import ManualClock

HOME, OFFICE = "198.51.100.1", "203.0.113.9"
MAX_TRIES_PER_HOUR = 100


@pytest.fixture
def counters(clock: ManualClock) -> WindowStorage:
    return WindowStorage(clock, lambda: clock.now().timestamp())


@pytest.fixture
def failed_logins(infrastructure: Infrastructure, counters: WindowStorage, clock: ManualClock) -> FailedLogins:
    return FailedLogins(counters, infrastructure.keys, clock)


async def fail(failed_logins: FailedLogins, username: str, address: str) -> int:
    """Try a wrong password. Return 0 when it was checked, else the seconds that the refusal names."""
    try:
        async with failed_logins.attempt(username, address):
            raise WrongCredentials
    except WrongCredentials:
        return 0
    except TooManyTries as refused:
        return refused.seconds


async def succeed(failed_logins: FailedLogins, username: str, address: str) -> int:
    """Try the right password; return as `fail` does."""
    try:
        async with failed_logins.attempt(username, address):
            return 0
    except TooManyTries as refused:
        return refused.seconds


async def test_the_delay_doubles_after_the_free_tries_up_to_a_bound(
    failed_logins: FailedLogins, clock: ManualClock
) -> None:
    delays: list[int] = []
    for number in range(FREE_TRIES + 9):
        assert await fail(failed_logins, "doctor", f"192.0.2.{number}") == 0
        delays.append(await fail(failed_logins, "doctor", "192.0.2.99") if number >= FREE_TRIES else 0)
        clock.time += timedelta(seconds=delays[-1])
    assert delays == [0] * FREE_TRIES + [1, 2, 4, 8, 16, 32, 64, 120, 120]


async def test_an_account_has_at_most_100_tries_in_any_hour_from_any_number_of_addresses(
    failed_logins: FailedLogins, clock: ManualClock
) -> None:
    assert await succeed(failed_logins, "doctor", HOME) == 0
    checked: list[float] = []
    start = clock.now()
    while (now := (clock.now() - start).total_seconds()) < 3 * 3600:
        for address in (HOME, f"192.0.2.{len(checked) % 255}"):
            while await fail(failed_logins, "doctor", address) == 0:
                checked.append(now)
        clock.time += timedelta(seconds=1)
    most = max(sum(begin <= at < begin + 3600 for at in checked) for begin in checked)
    assert MAX_TRIES_PER_HOUR / 2 < most <= MAX_TRIES_PER_HOUR


async def test_concurrent_tries_are_counted_before_they_are_checked(failed_logins: FailedLogins) -> None:
    are_waiting = asyncio.Event()

    async def slow_try(number: int) -> bool:
        try:
            async with failed_logins.attempt("doctor", f"192.0.2.{number}"):
                await are_waiting.wait()
                raise WrongCredentials
        except WrongCredentials:
            return True
        except TooManyTries:
            return False

    tries = asyncio.gather(*(slow_try(number) for number in range(200)))
    asyncio.get_running_loop().call_later(0.1, are_waiting.set)
    assert sum(await tries) <= FREE_TRIES + 1


async def test_an_attack_does_not_delay_the_owner_at_an_address_of_an_earlier_log_in(
    failed_logins: FailedLogins, clock: ManualClock
) -> None:
    assert await succeed(failed_logins, "doctor", HOME) == 0
    for number in range(300):
        await fail(failed_logins, "doctor", f"192.0.2.{number % 255}")
    assert await fail(failed_logins, "doctor", OFFICE) > 0
    assert await succeed(failed_logins, "doctor", HOME) == 0
    clock.time += timedelta(seconds=KNOWN_SECONDS - 3600)
    for number in range(300):
        await fail(failed_logins, "doctor", f"192.0.2.{number % 255}")
    assert await succeed(failed_logins, "doctor", HOME) == 0


async def test_the_owner_gets_in_elsewhere_once_the_delay_has_ended(
    failed_logins: FailedLogins, clock: ManualClock
) -> None:
    for _ in range(300):
        await fail(failed_logins, "doctor", HOME)
    delay = await succeed(failed_logins, "doctor", OFFICE)
    assert 0 < delay <= MAX_DELAY_SECONDS
    clock.time += timedelta(seconds=delay)
    assert await succeed(failed_logins, "doctor", OFFICE) == 0


async def test_right_passwords_and_outages_do_not_count(failed_logins: FailedLogins) -> None:
    for _ in range(3 * FREE_TRIES):
        assert await succeed(failed_logins, "doctor", HOME) == 0
        with pytest.raises(StoreUnavailable):
            async with failed_logins.attempt("doctor", OFFICE):
                raise StoreUnavailable("away")


async def test_a_right_password_gives_an_attacker_no_further_free_try(failed_logins: FailedLogins) -> None:
    for _ in range(FREE_TRIES):
        assert await fail(failed_logins, "doctor", OFFICE) == 0
    assert await succeed(failed_logins, "doctor", HOME) == 0
    assert await fail(failed_logins, "doctor", OFFICE) > 0


async def test_other_names_are_not_delayed(failed_logins: FailedLogins) -> None:
    for _ in range(30):
        await fail(failed_logins, "doctor", HOME)
    assert await succeed(failed_logins, "nurse", HOME) == 0


async def test_the_counters_hold_no_name_and_no_address(failed_logins: FailedLogins, counters: WindowStorage) -> None:
    for _ in range(FREE_TRIES + 2):
        await fail(failed_logins, "doctor", HOME)
    await succeed(failed_logins, "nurse", OFFICE)
    kept = str(vars(counters))
    assert "login-tries:" in kept
    assert not [text for text in ("doctor", "nurse", HOME, OFFICE) if text in kept]


async def test_nothing_is_counted_when_limits_are_off(infrastructure: Infrastructure, clock: ManualClock) -> None:
    off = FailedLogins(None, infrastructure.keys, clock)
    assert [await fail(off, "doctor", HOME) for _ in range(30)] == [0] * 30
