"""How often one caller may call, and that nobody pays for another."""

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
from testkit.conformance.samples import DEADLINE_SECONDS
from testkit.signing import Signing

OpenApi = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]
LIMITS = {"rate_limits": "on", "requests_per_minute": 3, "uploads_per_minute": 1}


@dataclass
class Clock:
    time: datetime

    def now(self) -> datetime:
        return self.time


class _Away(WindowStorage):
    """Nobody reaches it."""

    away = True
    asked = 0

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        self.asked += 1
        if self.away:
            raise StoreUnavailable("away")
        return await super().incr(key, expiry, amount)


class _Silent(WindowStorage):
    """It takes a question and never answers."""

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        await asyncio.Event().wait()
        return 0


def at(clock: Clock, infrastructure: Infrastructure) -> Infrastructure:
    return replace(infrastructure, clock=clock, rate_limits=WindowStorage(clock))


async def statuses(api: httpx.AsyncClient, count: int, headers: dict[str, str]) -> list[int]:
    return [(await api.get("/things/1", headers=headers)).status_code for _ in range(count)]


async def test_every_answer_tells_how_many_requests_are_left(
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


async def test_one_request_too_many_is_429_until_the_minute_is_over(
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


async def test_one_users_limit_does_not_touch_anothers(open_api: OpenApi, signing: Signing) -> None:
    async with open_api(**LIMITS) as api:
        assert await statuses(api, 4, signing.bearer(7)) == [200, 200, 200, 429]
        assert await statuses(api, 1, signing.bearer(8)) == [200]
        assert await statuses(api, 1, {}) == [200]


async def test_a_made_up_token_does_not_open_a_new_account(open_api: OpenApi) -> None:
    async with open_api(**LIMITS) as api:
        forged = [{"Authorization": f"Bearer {number}"} for number in range(4)]
        assert [(await statuses(api, 1, headers))[0] for headers in forged] == [200, 200, 200, 429]


async def test_a_storage_that_is_away_refuses_nothing_and_is_left_alone(
    open_api: OpenApi, infrastructure: Infrastructure
) -> None:
    storage = _Away(infrastructure.clock)
    async with open_api(on=replace(infrastructure, rate_limits=storage), **LIMITS) as api:
        with capture_logs() as logs:
            assert await statuses(api, 10, {}) == [200] * 10
        assert storage.asked == 1
        assert [log["reason"] for log in logs if log["event"] == "rate_limits_suspended"] == ["away"]


async def test_a_storage_that_does_not_answer_refuses_nothing(
    open_api: OpenApi, infrastructure: Infrastructure
) -> None:
    silent = replace(infrastructure, rate_limits=_Silent(infrastructure.clock))
    async with open_api(on=silent, **LIMITS) as api, asyncio.timeout(DEADLINE_SECONDS):
        assert await statuses(api, 10, {}) == [200] * 10


async def test_a_storage_that_comes_back_counts_again(
    open_api: OpenApi, infrastructure: Infrastructure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limits, "_RETRY_SECONDS", 0.0)
    storage = _Away(infrastructure.clock)
    async with open_api(on=replace(infrastructure, rate_limits=storage), **LIMITS) as api:
        with capture_logs() as logs:
            assert await statuses(api, 4, {}) == [200] * 4
            storage.away = False
            assert await statuses(api, 4, {}) == [200, 200, 200, 429]
            storage.away = True
            assert await statuses(api, 2, {}) == [200] * 2
        assert [log["event"] for log in logs if log["log_level"] == "warning"] == ["rate_limits_suspended"] * 2


async def test_uploads_are_counted_apart(open_api: OpenApi) -> None:
    async with open_api(**LIMITS) as api:
        uploads = [await api.put("/commands", files={"file": b"x"}) for _ in range(2)]
        assert [upload.status_code for upload in uploads] == [200, 429]
        assert uploads[0].headers["X-RateLimit-Limit"] == "1"
        assert await statuses(api, 3, {}) == [200, 200, 200]


@pytest.mark.parametrize("path", ["/health", "/live", "/metrics", "/docs", "/openapi.json"])
async def test_what_machines_ask_all_the_time_is_not_limited(open_api: OpenApi, path: str) -> None:
    async with open_api(**LIMITS) as api:
        answers = [await api.get(path) for _ in range(5)]
        assert {answer.status_code for answer in answers} == {200}


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
    ],
)
async def test_strangers_are_told_apart_by_address_and_by_network_in_ipv6(
    first: str, second: str, one_caller: bool
) -> None:
    scopes = [{"type": "http", "client": (host, 1), SCOPE_KEY: RequestState("id")} for host in (first, second)]
    keys = {caller_key(scope) for scope in scopes}
    assert (len(keys) == 1) is one_caller


async def test_a_caller_who_went_away_is_forgotten() -> None:
    clock = Clock(datetime(2030, 1, 1, tzinfo=UTC))
    storage = WindowStorage(clock)
    for number in range(100):
        await storage.incr(f"caller-{number}", 60)
    clock.time += timedelta(seconds=60)
    assert await storage.incr("caller-7", 60) == 1
    assert await storage.reset() == 1
