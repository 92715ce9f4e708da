"""Rate limits per caller."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from chassis.adapters.memory.window_storage import WindowStorage
from chassis.http.rate_limits import caller_key
from chassis.http.request_state import SCOPE_KEY, RequestState
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.settings import Settings
from testkit.signing import Signing

OpenApi = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]
LIMITS = {"rate_limits": "on", "requests_per_minute": 3, "uploads_per_minute": 1}


@dataclass
class Clock:
    """A clock that shows `time`, set forward or back by `set_by`."""

    time: datetime
    set_by: timedelta = timedelta(0)

    def now(self) -> datetime:
        return self.time + self.set_by

    def seconds(self) -> float:
        return self.time.timestamp()


def at(clock: Clock, infrastructure: Infrastructure) -> Infrastructure:
    return replace(infrastructure, clock=clock, rate_limits=WindowStorage(clock, clock.seconds))


async def statuses(api: httpx.AsyncClient, count: int, headers: dict[str, str]) -> list[int]:
    return [(await api.get("/things/1", headers=headers)).status_code for _ in range(count)]


async def test_every_response_has_the_rate_limit_headers(
    open_api: OpenApi, infrastructure: Infrastructure, signing: Signing
) -> None:
    clock = Clock(datetime(2030, 1, 1, tzinfo=UTC))
    async with open_api(on=at(clock, infrastructure), **LIMITS) as api:
        paths = ("/things/1", "/nothing", "/me")
        answers = [await api.get(path, headers=signing.bearer(7, admin=True)) for path in paths]
        left = [answer.headers["X-RateLimit-Remaining"] for answer in answers]
        assert left == ["2", "1", "0"]
        assert {answer.headers["X-RateLimit-Limit"] for answer in answers} == {"3"}
        ends = str(int((clock.time + timedelta(minutes=1)).timestamp()))
        assert {answer.headers["X-RateLimit-Reset"] for answer in answers} == {ends}


async def test_a_request_over_the_limit_is_429_until_the_window_ends(
    open_api: OpenApi, infrastructure: Infrastructure
) -> None:
    clock = Clock(datetime(2030, 1, 1, tzinfo=UTC))
    async with open_api(on=at(clock, infrastructure), **LIMITS) as api:
        assert await statuses(api, 4, {}) == [200, 200, 200, 429]
        clock.time += timedelta(seconds=20.5)
        refused = await api.get("/things/1")
        assert (refused.status_code, refused.json()) == (429, {"detail": "Слишком много запросов"})
        assert (refused.headers["Retry-After"], refused.headers["X-RateLimit-Remaining"]) == ("40", "0")
        clock.time += timedelta(seconds=39.5)
        assert await statuses(api, 1, {}) == [200]


@pytest.mark.parametrize("set_by", [timedelta(hours=-1), timedelta(hours=1)])
async def test_a_window_lasts_as_long_when_the_clock_is_set(
    open_api: OpenApi, infrastructure: Infrastructure, set_by: timedelta
) -> None:
    clock = Clock(datetime(2030, 1, 1, tzinfo=UTC))
    async with open_api(on=at(clock, infrastructure), **LIMITS) as api:
        assert await statuses(api, 4, {}) == [200, 200, 200, 429]
        clock.set_by = set_by
        clock.time += timedelta(seconds=20)
        refused = await api.get("/things/1")
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "40")
        assert refused.headers["X-RateLimit-Reset"] == str(int(clock.now().timestamp()) + 40)
        clock.time += timedelta(seconds=40)
        assert await statuses(api, 1, {}) == [200]


async def test_every_user_has_a_limit_of_their_own(open_api: OpenApi, signing: Signing) -> None:
    async with open_api(**LIMITS) as api:
        assert await statuses(api, 4, signing.bearer(7)) == [200, 200, 200, 429]
        assert await statuses(api, 1, signing.bearer(8)) == [200]
        assert await statuses(api, 1, {}) == [200]


async def test_an_invalid_token_counts_as_its_address(open_api: OpenApi) -> None:
    async with open_api(**LIMITS) as api:
        forged = [{"Authorization": f"Bearer {number}"} for number in range(4)]
        assert [(await statuses(api, 1, headers))[0] for headers in forged] == [200, 200, 200, 429]


async def test_all_users_of_an_address_have_a_limit_together(open_api: OpenApi, signing: Signing) -> None:
    async with open_api(**LIMITS, users_per_address=2) as api:
        answers = [await statuses(api, 3, signing.bearer(user)) for user in (7, 8, 9)]
        assert answers == [[200] * 3, [200] * 3, [429] * 3]
        assert await statuses(api, 1, {}) == [200], "anonymous requests are counted apart"
    async with open_api(**LIMITS, users_per_address=2, address="192.0.2.2") as another:
        assert await statuses(another, 1, signing.bearer(10)) == [200]


async def test_the_refusal_of_an_address_shows_its_limit(open_api: OpenApi, signing: Signing) -> None:
    async with open_api(rate_limits="on", requests_per_minute=1, users_per_address=2) as api:
        answers = [await api.get("/things/1", headers=signing.bearer(user)) for user in (7, 8, 9)]
        shown = [answer.headers["X-RateLimit-Limit"] for answer in answers]
        assert (shown, answers[-1].status_code) == (["1", "1", "2"], 429)
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60


async def test_what_one_user_may_not_send_is_not_taken_from_the_others(open_api: OpenApi, signing: Signing) -> None:
    async with open_api(**LIMITS, users_per_address=2) as api:
        assert await statuses(api, 20, signing.bearer(7)) == [200] * 3 + [429] * 17
        assert await statuses(api, 3, signing.bearer(8)) == [200] * 3


async def log_ins(api: httpx.AsyncClient, count: int, headers: dict[str, str]) -> list[int]:
    body = {"username": "doctor", "password": "wrong password"}
    return [(await api.post("/auth/register", json=body, headers=headers)).status_code for _ in range(count)]


async def test_credentials_are_counted_by_address_whatever_token_comes_along(
    open_api: OpenApi, signing: Signing
) -> None:
    async with open_api(**LIMITS, logins_per_minute=4) as api:
        assert await log_ins(api, 2, {}) + await log_ins(api, 2, signing.bearer(7)) == [201] * 4
        assert await log_ins(api, 1, {}) + await log_ins(api, 1, signing.bearer(8)) == [429] * 2
    async with open_api(**LIMITS, logins_per_minute=4, address="192.0.2.2") as another:
        assert await log_ins(another, 1, {}) == [201]


async def test_other_anonymous_requests_use_up_no_log_in(open_api: OpenApi) -> None:
    async with open_api(**LIMITS, logins_per_minute=1) as api:
        assert await statuses(api, 4, {}) == [200, 200, 200, 429]
        assert await log_ins(api, 2, {}) == [201, 429]


async def test_uploads_have_a_limit_of_their_own(open_api: OpenApi) -> None:
    async with open_api(**LIMITS) as api:
        uploads = [await api.put("/commands", files={"file": b"x"}) for _ in range(2)]
        assert [upload.status_code for upload in uploads] == [200, 429]
        assert uploads[0].headers["X-RateLimit-Limit"] == "1"
        assert await statuses(api, 3, {}) == [200, 200, 200]


@pytest.mark.parametrize("path", ["/health", "/live", "/docs"])
async def test_monitoring_and_documentation_are_not_limited(open_api: OpenApi, path: str) -> None:
    async with open_api(**LIMITS) as api:
        answers = [await api.get(path) for _ in range(5)]
        assert {answer.status_code for answer in answers} == {200}


@pytest.mark.parametrize("path", ["/metrics", "/openapi.json"])
async def test_reports_have_a_limit_of_their_own(open_api: OpenApi, path: str) -> None:
    async with open_api(**LIMITS, reports_per_minute=5) as api:
        answers = [(await api.get(path)).status_code for _ in range(6)]
        assert answers == [200] * 5 + [429]
        assert await statuses(api, 3, {}) == [200] * 3


async def test_reports_are_counted_for_each_process(open_api: OpenApi, infrastructure: Infrastructure) -> None:
    for instance in ("first", "second"):
        async with open_api(on=replace(infrastructure, instance=instance), **LIMITS, reports_per_minute=1) as api:
            assert [(await api.get("/metrics")).status_code for _ in range(2)] == [200, 429]


async def test_reports_are_counted_by_address_whatever_token_comes_along(open_api: OpenApi, signing: Signing) -> None:
    async with open_api(**LIMITS, reports_per_minute=2) as api:
        answers = [(await api.get("/metrics", headers=signing.bearer(user))).status_code for user in (7, 8, 9)]
        assert answers == [200, 200, 429]


async def test_by_default_several_scrapers_every_15_seconds_fit() -> None:
    scrapers_behind_one_address, scrapes_per_minute = 10, 4
    assert Settings().reports_per_minute >= scrapers_behind_one_address * scrapes_per_minute


async def test_limits_can_be_switched_off(api: httpx.AsyncClient) -> None:
    answer = await api.get("/things/1")
    assert "X-RateLimit-Limit" not in answer.headers


@pytest.mark.parametrize(
    ("first", "second", "one_caller"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:1::1", "2001:db8:1:1:ffff::2", True),
        ("2001:db8:1:1::1", "2001:db8:1:2::1", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("a:b:zz", "anything a proxy forwards", True),
    ],
)
async def test_anonymous_callers_are_counted_by_address_and_by_network_in_ipv6(
    first: str, second: str, one_caller: bool
) -> None:
    scopes = [{"type": "http", "client": (host, 1), SCOPE_KEY: RequestState("id")} for host in (first, second)]
    keys = {caller_key(scope) for scope in scopes}
    assert (len(keys) == 1) is one_caller
