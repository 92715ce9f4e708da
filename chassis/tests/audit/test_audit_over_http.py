"""The audit over HTTP: for administrators only; each access is recorded."""

from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import httpx
import orjson
import pytest
import pytest_asyncio
from fastapi import APIRouter

from chassis.audit.audited_type import AuditedType, fold_to_json
from chassis.audit.http import with_audit
from chassis.audit.verification import verify_stream
from chassis.commands.message import Message
from chassis.commands.recording import envelope_of
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.service import Service
from chassis.runtime.settings import Settings
from testkit.counters import CATALOG, DECIDER, Count, command_context, counters
from testkit.served import Served, served
from tests.audit.tampering import change

COUNTER = AuditedType(
    "counter",
    "counter",
    CATALOG,
    fold_to_json(DECIDER),
    Message("Счётчик не найден", "The counter is not found"),
    id_is_number=True,
)
ADMIN, OTHER_USER = 1, 2
URL = "/audit/counter/7"


@pytest_asyncio.fixture
async def service(infrastructure: Infrastructure) -> AsyncGenerator[Served]:
    await counters(infrastructure).handle("7", Count(3), command_context())
    settings = Settings(rate_limits="off")
    routes = with_audit(APIRouter(), infrastructure, COUNTER)
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


async def test_an_administrator_reads_the_history_and_the_state(admin: httpx.AsyncClient) -> None:
    body = (await admin.get(URL)).json()

    assert (body["stream"], body["revision"], body["intact"], body["state"]) == ("counter-7", 2, True, {"total": 3})
    assert [entry["data"] for entry in body["story"]] == [{"total": 1}, {"total": 2}, {"total": 3}]


async def test_as_of_selects_the_state_at_a_revision(admin: httpx.AsyncClient) -> None:
    body = (await admin.get(URL, params={"as_of": "1"})).json()

    assert (body["revision"], body["state"], len(body["story"])) == (1, {"total": 2}, 2)


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("/audit/counter/8", 404, "Счётчик не найден"),
        ("/audit/counter/x", 404, "Счётчик не найден"),
        ("/audit/counter/8/verify", 404, "Счётчик не найден"),
        (f"{URL}?as_of=2020-01-01", 404, "В этот момент ничего ещё не было"),
        (f"{URL}?as_of=7", 404, "В этот момент ничего ещё не было"),
        (f"{URL}?as_of=soon", 422, "as_of: ожидается номер события или время, например 2024-05-17T12:00:00Z"),
    ],
)
async def test_errors_are_answered_in_the_common_format(
    admin: httpx.AsyncClient, path: str, status: int, detail: str
) -> None:
    answer = await admin.get(path)

    assert (answer.status_code, answer.json()) == (status, {"detail": detail})


@pytest.mark.parametrize("path", [URL, f"{URL}/verify"])
async def test_other_users_are_refused(service: Served, infrastructure: Infrastructure, path: str) -> None:
    assert (await (await service.client()).get(path)).status_code == 401
    refused = await (await service.client(OTHER_USER)).get(path)
    assert (refused.status_code, refused.json()) == (403, {"detail": "Недостаточно прав"})
    assert await accesses(infrastructure) == []


async def test_each_access_is_recorded_with_actor_and_action(
    admin: httpx.AsyncClient, infrastructure: Infrastructure
) -> None:
    for path in (URL, f"{URL}?as_of=0", f"{URL}/verify"):
        await admin.get(path)

    assert await accesses(infrastructure) == [
        ("user:1", {"action": action, "subject": "counter-7"}) for action in ("story", "as-of", "verify")
    ]


async def test_a_chain_is_verified_and_a_broken_link_reported(admin: httpx.AsyncClient, tmp_path: Path) -> None:
    whole = (await admin.get(f"{URL}/verify")).json()
    change(tmp_path / "data", "counter-7", 1, "data", b"2", b"9")
    broken, history = (await admin.get(f"{URL}/verify")).json(), (await admin.get(URL)).json()

    assert (whole["events"], whole["intact"], whole["faults"]) == (3, True, [])
    assert (broken["intact"], history["intact"]) == (False, False)
    assert broken["faults"][0].startswith("counter-7 @ 1: changed")


async def test_an_unreadable_event_is_reported_as_a_broken_chain(admin: httpx.AsyncClient, tmp_path: Path) -> None:
    change(tmp_path / "data", "counter-7", 1, "metadata", b"{", b"")

    answer = await admin.get(URL)

    assert (answer.status_code, answer.json()["intact"], answer.json()["state"]) == (200, False, None)
