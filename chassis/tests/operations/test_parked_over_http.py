"""Parked events over HTTP: for administrators only, the same events that the command line shows."""

from collections.abc import AsyncGenerator, Sequence
from urllib.parse import quote

import httpx
import orjson
import pytest
import pytest_asyncio
from fastapi import APIRouter

from chassis.audit.verification import verify_stream
from chassis.commands.recording import envelope_of
from chassis.messaging.parking import Parked, ParkedState
from chassis.operations.parked_routes import with_parked_events
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import ReceivedMessage
from chassis.runtime.service import Service
from chassis.runtime.settings import Settings
from testkit.eventually import eventually
from testkit.letters import GROUP, LETTERS, Reader, all_acknowledged, parking_of, post, reading
from testkit.served import Served, served

ADMIN, OTHER_USER = 1, 2
BAD, NEXT = b'{"title": "sealed:7:abcd", "lines": ["sealed:7:ef", "plain"], "stamp": 5}', b'{"title": "next"}'


@pytest_asyncio.fixture
async def service(infrastructure: Infrastructure) -> AsyncGenerator[Served]:
    routes = with_parked_events(APIRouter(), infrastructure)
    async with served([Service("tests", routes)], infrastructure, Settings(rate_limits="off")) as running:
        yield running


@pytest_asyncio.fixture
async def admin(service: Served) -> httpx.AsyncClient:
    return await service.client(ADMIN, admin=True)


@pytest_asyncio.fixture
async def reader(infrastructure: Infrastructure) -> AsyncGenerator[Reader]:
    """A running consumer of letters, which has parked one, behind which another waits."""
    reader = Reader(failing={BAD})
    await post(infrastructure, ("a", BAD), ("a", NEXT))
    async with reading(infrastructure, reader):
        await all_acknowledged(infrastructure)
        yield reader


async def parked_events(infrastructure: Infrastructure) -> Sequence[Parked]:
    return await parking_of(infrastructure).of_every_group()


async def accesses(infrastructure: Infrastructure) -> Sequence[tuple[str, object]]:
    stream = f"audit-{infrastructure.clock.now().date().isoformat()}"
    events, faults = await verify_stream(infrastructure.events, stream)
    assert faults == []
    return [(envelope_of(event).actor, orjson.loads(event.data)) for event in events]


def path_of(parked: Parked | str) -> str:
    return f"/parked/{quote(parked if isinstance(parked, str) else parked.id, safe='')}"


async def has_read(reader: Reader, *texts: bytes) -> None:
    async def read() -> bool:
        return [text for _, text in reader.read] == list(texts)

    await eventually(read)


async def test_the_list_names_every_parked_event_without_its_data(
    admin: httpx.AsyncClient, infrastructure: Infrastructure, reader: Reader
) -> None:
    parked, waiting = await parked_events(infrastructure)
    listed = await admin.get("/parked")

    assert [(each["id"], each["state"], each["error"], each["attempts"]) for each in listed.json()] == [
        (parked.id, "parked", "ValueError", 3),
        (waiting.id, "waiting", "", 0),
    ]
    first = listed.json()[0]
    assert (first["group"], first["topic"], first["key"]) == (GROUP, LETTERS.name, "a")
    assert first["event"]["type"] == "letters.posted.v1"
    assert "plain" not in listed.text
    assert await accesses(infrastructure) == []


async def test_the_list_has_pages_and_one_group_if_asked(
    admin: httpx.AsyncClient, infrastructure: Infrastructure
) -> None:
    parking = parking_of(infrastructure)
    for number, group in enumerate(("one", "two", "one", "two", "one")):
        message = ReceivedMessage("topic", str(number), b"{}", (), 0, number)
        await parking.park(group, message, ParkedState.PARKED, "KeyError", 5)

    async def offsets(query: str) -> list[int]:
        return [each["offset"] for each in (await admin.get(f"/parked{query}")).json()]

    assert await offsets("") == [0, 1, 2, 3, 4]
    assert [await offsets(f"?limit=2&skip={skip}") for skip in (0, 2, 4, 6)] == [[0, 1], [2, 3], [4], []]
    assert await offsets("?group=two") == [1, 3]
    assert await offsets("?group=one&skip=1&limit=1") == [2]
    assert await offsets("?group=three") == []
    for query in ("limit=0", "limit=1001", "skip=-1", "skip=9223372036854775808"):
        assert (await admin.get(f"/parked?{query}")).status_code == 422, query


async def test_an_event_is_shown_with_its_data_but_sealed_texts_stay_hidden(
    admin: httpx.AsyncClient, infrastructure: Infrastructure, reader: Reader
) -> None:
    parked, _ = await parked_events(infrastructure)
    shown = (await admin.get(path_of(parked))).json()

    assert shown["data"] == {"title": "(hidden)", "lines": ["(hidden)", "plain"], "stamp": 5}
    assert {name: value for name, value in shown.items() if name != "data"} == (await admin.get("/parked")).json()[0]


@pytest.mark.parametrize("value", [b"no JSON", b'{"title": "of others"}'])
async def test_a_message_that_is_no_event_is_shown_without_data(
    admin: httpx.AsyncClient, infrastructure: Infrastructure, value: bytes
) -> None:
    message = ReceivedMessage("topic", "a", value, (), 0, 7)
    parked = await parking_of(infrastructure).park("readers", message, ParkedState.PARKED, "MalformedEnvelope", 1)
    shown = (await admin.get(path_of(parked))).json()

    assert (shown["event"], shown["data"]) == (None, None)


async def test_a_retried_event_is_handled_and_then_those_that_waited(
    admin: httpx.AsyncClient, infrastructure: Infrastructure, reader: Reader
) -> None:
    parked, _ = await parked_events(infrastructure)
    reader.failing.clear()
    retried = await admin.post(f"{path_of(parked)}/retry")

    assert (retried.status_code, retried.json()["id"], retried.json()["state"]) == (200, parked.id, "retry")
    await has_read(reader, BAD, NEXT)


async def test_a_repeated_retry_changes_nothing(admin: httpx.AsyncClient, infrastructure: Infrastructure) -> None:
    message = ReceivedMessage("topic", "a", b"{}", (), 0, 7)
    parked = await parking_of(infrastructure).park("nobody", message, ParkedState.PARKED, "KeyError", 5)
    first = await admin.post(f"{path_of(parked)}/retry")
    stored = await parking_of(infrastructure).get(parked.id)
    again = await admin.post(f"{path_of(parked)}/retry")

    assert (first.json(), first.status_code) == (again.json(), again.status_code)
    assert first.json()["parked_at"] == parked.parked_at.isoformat().replace("+00:00", "Z")
    assert await parking_of(infrastructure).get(parked.id) == stored


async def test_a_discarded_event_is_gone_and_those_that_waited_are_handled(
    admin: httpx.AsyncClient, infrastructure: Infrastructure, reader: Reader
) -> None:
    parked, _ = await parked_events(infrastructure)
    discarded = await admin.delete(path_of(parked))

    assert (discarded.status_code, discarded.json()) == (200, {"message": "Событие удалено из отложенных"})
    await has_read(reader, NEXT)

    async def nothing_is_parked() -> bool:
        return (await admin.get("/parked")).json() == []

    await eventually(nothing_is_parked)
    assert (await admin.delete(path_of(parked))).status_code == 404


async def test_an_event_that_waits_behind_another_is_not_retried_alone(
    admin: httpx.AsyncClient, infrastructure: Infrastructure, reader: Reader
) -> None:
    _, waiting = await parked_events(infrastructure)
    refused = await admin.post(f"{path_of(waiting)}/retry", headers={"Accept-Language": "en"})

    assert (refused.status_code, refused.json()) == (
        409,
        {"detail": "The event waits behind another parked event of the same key: retry that one"},
    )


REQUESTS = [("GET", ""), ("POST", "/retry"), ("DELETE", "")]


@pytest.mark.parametrize(("method", "end"), REQUESTS)
async def test_what_is_not_parked_is_not_found_and_not_recorded(
    admin: httpx.AsyncClient, infrastructure: Infrastructure, method: str, end: str
) -> None:
    for unknown in ("nothing", "readers:tests.letters:0:99", "a/b", "x" * 500):
        answer = await admin.request(method, path_of(unknown) + end)
        assert (answer.status_code, answer.json()["detail"]) in (
            (404, "Такого отложенного события нет"),
            (404, "Не найдено"),
        )
    assert (await admin.request(method, path_of("x" * 501) + end)).status_code == 422
    assert await accesses(infrastructure) == []


async def test_each_look_at_the_data_and_each_decision_is_recorded(
    admin: httpx.AsyncClient, infrastructure: Infrastructure, reader: Reader
) -> None:
    parked, _ = await parked_events(infrastructure)
    for method, end in REQUESTS:
        await admin.request(method, path_of(parked) + end)

    assert await accesses(infrastructure) == [
        ("user:1", {"action": action, "subject": parked.id})
        for action in ("parked-show", "parked-retry", "parked-discard")
    ]


@pytest.mark.parametrize(("method", "end"), [*REQUESTS, ("GET", None)])
async def test_others_are_refused_and_nothing_changes(
    service: Served, infrastructure: Infrastructure, reader: Reader, method: str, end: str | None
) -> None:
    before = await parked_events(infrastructure)
    path = "/parked" if end is None else path_of(before[0]) + end

    assert (await (await service.client()).request(method, path)).status_code == 401
    refused = await (await service.client(OTHER_USER)).request(method, path)
    assert (refused.status_code, refused.json()) == (403, {"detail": "Недостаточно прав"})
    assert await parked_events(infrastructure) == before
    assert await accesses(infrastructure) == []
