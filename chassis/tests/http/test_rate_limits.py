"""Rate limits per caller."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from structlog.testing import capture_logs

from chassis.adapters.memory.window_storage import WindowStorage
from chassis.http import rate_limits
from chassis.http.rate_limits import caller_key
from chassis.http.request_state import SCOPE_KEY, RequestState
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.settings import Settings
from testkit.conformance.samples import DEADLINE_SECONDS
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


class _UnavailableStorage(WindowStorage):
    """A storage that fails while `unavailable`."""

    unavailable = True
    calls = 0

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        self.calls += 1
        if self.unavailable:
            raise StoreUnavailable("away")
        return await super().incr(key, expiry, amount)


class _HangingStorage(WindowStorage):
    """A storage that never answers."""

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        await asyncio.Event().wait()
        return 0


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


async def test_an_unavailable_storage_refuses_nothing_and_is_not_called_again_at_once(
    open_api: OpenApi, infrastructure: Infrastructure
) -> None:
    storage = _UnavailableStorage(infrastructure.clock)
    async with open_api(on=replace(infrastructure, rate_limits=storage), **LIMITS) as api:
        with capture_logs() as logs:
            assert await statuses(api, 10, {}) == [200] * 10
        assert storage.calls == 1
        assert [log["reason"] for log in logs if log["event"] == "rate_limits_suspended"] == ["away"]


async def test_a_storage_that_does_not_answer_refuses_nothing(
    open_api: OpenApi, infrastructure: Infrastructure
) -> None:
    silent = replace(infrastructure, rate_limits=_HangingStorage(infrastructure.clock))
    async with open_api(on=silent, **LIMITS) as api, asyncio.timeout(DEADLINE_SECONDS):
        assert await statuses(api, 10, {}) == [200] * 10


async def test_a_recovered_storage_counts_again(
    open_api: OpenApi, infrastructure: Infrastructure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limits, "_RETRY_SECONDS", 0.0)
    storage = _UnavailableStorage(infrastructure.clock)
    async with open_api(on=replace(infrastructure, rate_limits=storage), **LIMITS) as api:
        with capture_logs() as logs:
            assert await statuses(api, 4, {}) == [200] * 4
            storage.unavailable = False
            assert await statuses(api, 4, {}) == [200, 200, 200, 429]
            storage.unavailable = True
            assert await statuses(api, 2, {}) == [200] * 2
        assert [log["event"] for log in logs if log["log_level"] == "warning"] == ["rate_limits_suspended"] * 2


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
        ("a:b:zz", "anything a proxy forwards", True),
    ],
)
async def test_anonymous_callers_are_counted_by_address_and_by_network_in_ipv6(
    first: str, second: str, one_caller: bool
) -> None:
    scopes = [{"type": "http", "client": (host, 1), SCOPE_KEY: RequestState("id")} for host in (first, second)]
    keys = {caller_key(scope) for scope in scopes}
    assert (len(keys) == 1) is one_caller


async def test_expired_windows_are_evicted() -> None:
    clock = Clock(datetime(2030, 1, 1, tzinfo=UTC))
    storage = WindowStorage(clock, clock.seconds)
    for number in range(100):
        await storage.incr(f"caller-{number}", 60)
    clock.time += timedelta(seconds=60)
    assert await storage.incr("caller-7", 60) == 1
    assert await storage.reset() == 1
