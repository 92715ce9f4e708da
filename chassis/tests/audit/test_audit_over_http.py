"""The audit over HTTP: for administrators, each access recorded."""

from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import httpx
import orjson
import pytest
import pytest_asyncio
from fastapi import APIRouter

from chassis.audit.audited_type import AuditedType, folded
from chassis.audit.http import with_audit
from chassis.audit.verification import verify_stream
from chassis.commands.recording import envelope_of
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.service import Service
from chassis.runtime.settings import Settings
from testkit.counters import CATALOG, DECIDER, Count, command_context, counters
from testkit.served import Served, served
from tests.audit.tampering import change

KIND = AuditedType("counter", "counter", CATALOG, folded(DECIDER), "Счётчик не найден", by_number=True)
ADMIN, MORTAL = 1, 2
ONE = "/audit/counter/7"


@pytest_asyncio.fixture
async def service(infrastructure: Infrastructure) -> AsyncGenerator[Served]:
    await counters(infrastructure).handle("7", Count(3), command_context())
    settings = Settings(rate_limits="off")
    routes = with_audit(APIRouter(), infrastructure, KIND)
    async with served([Service("counters", routes)], infrastructure, settings) as running:
        yield running


@pytest_asyncio.fixture
async def admin(service: Served) -> httpx.AsyncClient:
    return await service.client(ADMIN, admin=True)


async def accesses(infrastructure: Infrastructure) -> Sequence[tuple[str, object]]:
    stream = f"audit-{infrastructure.clock.now().date().isoformat()}"
    events, faults = await verify_stream(infrastructure.events, stream)
    assert faults == []
    return [(envelope_of(event).actor, orjson.loads(event.data)) for event in events]


async def test_an_administrator_is_told_the_story_and_the_state(admin: httpx.AsyncClient) -> None:
    told = (await admin.get(ONE)).json()

    assert (told["stream"], told["revision"], told["intact"], told["state"]) == ("counter-7", 2, True, {"total": 3})
    assert [entry["data"] for entry in told["story"]] == [{"total": 1}, {"total": 2}, {"total": 3}]


async def test_the_state_is_that_of_the_moment_asked_for(admin: httpx.AsyncClient) -> None:
    told = (await admin.get(ONE, params={"as_of": "1"})).json()

    assert (told["revision"], told["state"], len(told["story"])) == (1, {"total": 2}, 2)


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("/audit/counter/8", 404, "Счётчик не найден"),
        ("/audit/counter/x", 404, "Счётчик не найден"),
        ("/audit/counter/8/verify", 404, "Счётчик не найден"),
        (f"{ONE}?as_of=2020-01-01", 404, "В этот момент ничего ещё не было"),
        (f"{ONE}?as_of=7", 404, "В этот момент ничего ещё не было"),
        (f"{ONE}?as_of=soon", 422, "as_of: ожидается номер события или время, например 2024-05-17T12:00:00Z"),
    ],
)
async def test_what_cannot_be_told_is_answered_in_the_form_of_all_errors(
    admin: httpx.AsyncClient, path: str, status: int, detail: str
) -> None:
    answer = await admin.get(path)

    assert (answer.status_code, answer.json()) == (status, {"detail": detail})


@pytest.mark.parametrize("path", [ONE, f"{ONE}/verify"])
async def test_nobody_else_is_told_anything(service: Served, infrastructure: Infrastructure, path: str) -> None:
    assert (await (await service.client()).get(path)).status_code == 401
    refused = await (await service.client(MORTAL)).get(path)
    assert (refused.status_code, refused.json()) == (403, {"detail": "Недостаточно прав"})
    assert await accesses(infrastructure) == []


async def test_each_access_is_recorded_with_who_and_what(
    admin: httpx.AsyncClient, infrastructure: Infrastructure
) -> None:
    for path in (ONE, f"{ONE}?as_of=0", f"{ONE}/verify"):
        await admin.get(path)

    assert await accesses(infrastructure) == [
        ("user:1", {"action": action, "subject": "counter-7"}) for action in ("story", "as-of", "verify")
    ]


async def test_a_chain_is_verified_and_a_break_in_it_told(admin: httpx.AsyncClient, tmp_path: Path) -> None:
    whole = (await admin.get(f"{ONE}/verify")).json()
    change(tmp_path / "data", "counter-7", 1, "data", b"2", b"9")
    broken, told = (await admin.get(f"{ONE}/verify")).json(), (await admin.get(ONE)).json()

    assert (whole["events"], whole["intact"], whole["faults"]) == (3, True, [])
    assert (broken["intact"], told["intact"]) == (False, False)
    assert broken["faults"][0].startswith("counter-7 @ 1: changed")


async def test_what_can_no_longer_be_read_is_told_to_be_broken(admin: httpx.AsyncClient, tmp_path: Path) -> None:
    change(tmp_path / "data", "counter-7", 1, "metadata", b"{", b"")

    told = await admin.get(ONE)

    assert (told.status_code, told.json()["intact"], told.json()["state"]) == (200, False, None)
