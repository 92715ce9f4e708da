"""The language of a response follows Accept-Language; without it, it is Russian."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import cast

import httpx
import pytest

from chassis.commands.errors import InvalidValue
from chassis.commands.message import Language, Message
from chassis.http.language import language_of
from chassis.http.problems import localized
from chassis.http.validation import field_errors, summary
from chassis.ports.event_store import EventStore, StoreUnavailable
from chassis.ports.infrastructure import Infrastructure

OpenApi = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("en", Language.ENGLISH),
        ("en-GB,en;q=0.9", Language.ENGLISH),
        ("EN;Q=0.5", Language.ENGLISH),
        ("de, en;q=0.5", Language.ENGLISH),
        ("en, ru;q=0.9", Language.ENGLISH),
        ("ru", Language.RUSSIAN),
        ("ru, en;q=0.9", Language.RUSSIAN),
        ("en, ru", Language.ENGLISH),
        ("ru, en", Language.RUSSIAN),
        ("*", Language.RUSSIAN),
        ("en;q=0", Language.RUSSIAN),
        ("en;q=much", Language.RUSSIAN),
        ("de", Language.RUSSIAN),
        ("", Language.RUSSIAN),
    ],
)
def test_the_language_follows_the_weights_of_accept_language(header: str, language: Language) -> None:
    assert language_of({"headers": [(b"accept-language", header.encode())]}) is language


def test_without_a_header_the_answer_is_russian() -> None:
    assert language_of({"headers": []}) is Language.RUSSIAN


ENGLISH = {"Accept-Language": "en-GB,en;q=0.9,ru;q=0.5"}
Send = Callable[[httpx.AsyncClient, dict[str, str]], Awaitable[httpx.Response]]
ERRORS: dict[str, tuple[Send, int, object, object]] = {
    "no token": (
        lambda api, headers: api.get("/me", headers=headers),
        401,
        "Требуется авторизация",
        "Authentication is required",
    ),
    "unknown path": (lambda api, headers: api.get("/nothing", headers=headers), 404, "Не найдено", "Not found"),
    "a service's rule": (
        lambda api, headers: api.get("/raises/refused", headers=headers),
        409,
        "Так нельзя",
        "This is not allowed",
    ),
    "body too large": (
        lambda api, headers: api.post("/commands", content=b" " * 2001, headers=headers),
        413,
        "Тело запроса слишком большое: не более 2000 байт",
        "The request body is too large: at most 2000 bytes",
    ),
    "invalid field": (
        lambda api, headers: api.get("/things/1", params={"limit": 99}, headers=headers),
        422,
        [{"type": "less_than_equal", "loc": ["query", "limit"], "msg": "Не больше 10", "input": "99"}],
        [{"type": "less_than_equal", "loc": ["query", "limit"], "msg": "The value must be at most 10", "input": "99"}],
    ),
    "invalid header": (
        lambda api, headers: api.put("/commands", headers={**headers, "Idempotency-Key": " "}),
        422,
        "Idempotency-Key: от 1 до 255 видимых символов ASCII",
        "Idempotency-Key: 1 to 255 visible ASCII characters",
    ),
    "store unavailable": (
        lambda api, headers: api.get("/raises/away", headers=headers),
        503,
        "Сервис временно недоступен, повторите запрос позже",
        "The service is temporarily unavailable, try again later",
    ),
}


@pytest.mark.parametrize("error", ERRORS)
async def test_an_error_is_english_where_it_is_preferred_and_russian_otherwise(open_api: OpenApi, error: str) -> None:
    send, status, russian, english = ERRORS[error]
    async with open_api(max_body_bytes=2000) as api:
        for headers, detail in (({}, russian), ({"Accept-Language": "de"}, russian), (ENGLISH, english)):
            answer = await send(api, headers)
            assert (answer.status_code, answer.json()) == (status, {"detail": detail})
            assert answer.headers["Vary"] == "Accept-Language, Origin"


@pytest.mark.parametrize(("headers", "message"), [({}, "Некорректный JSON"), (ENGLISH, "The JSON is malformed")])
async def test_an_invalid_body_is_refused_in_the_language_of_the_request(
    api: httpx.AsyncClient, headers: dict[str, str], message: str
) -> None:
    headers = {**headers, "Content-Type": "application/json"}
    answer = await api.post("/auth/register", content=b"[" * 100_000, headers=headers)
    assert answer.status_code == 422
    detail = [{"type": "json_invalid", "loc": ["body"], "msg": message, "input": None}]
    assert answer.json() == {"detail": detail, "message": message}


async def test_too_many_requests_are_refused_in_the_language_of_the_request(open_api: OpenApi) -> None:
    async with open_api(rate_limits="on", requests_per_minute=1) as api:
        await api.get("/things/1")
        assert (await api.get("/things/1")).json() == {"detail": "Слишком много запросов"}
        assert (await api.get("/things/1", headers=ENGLISH)).json() == {"detail": "Too many requests"}


async def test_health_is_in_the_language_of_the_request(api: httpx.AsyncClient) -> None:
    assert (await api.get("/health")).json()["message"] == "FastAPI и MinIO работают корректно"
    assert (await api.get("/health", headers=ENGLISH)).json()["message"] == "FastAPI and MinIO work correctly"


async def test_an_unavailable_store_is_named_in_the_language_of_the_request(
    open_api: OpenApi, infrastructure: Infrastructure
) -> None:
    unavailable = replace(infrastructure, events=cast("EventStore", UnavailableStore()))
    async with open_api(on=unavailable) as api:
        russian, english = [(await api.get("/health", headers=headers)).json() for headers in ({}, ENGLISH)]
    assert (russian["message"], russian["detail"]) == ("Журнал событий недоступен",) * 2
    assert (english["message"], english["detail"]) == ("The event store is unavailable",) * 2


class UnavailableStore:
    async def last(self, stream: str) -> None:
        raise StoreUnavailable(stream)


def test_the_message_of_a_validator_is_in_both_languages() -> None:
    refusal = InvalidValue(Message("значение не подходит", "the value does not fit"))
    errors = [{"type": "value_error", "loc": ("body", "name"), "msg": "", "ctx": {"error": refusal}}]
    found = localized(field_errors(errors), Language.ENGLISH)
    assert found == [{"type": "value_error", "loc": ["body", "name"], "msg": "the value does not fit", "input": None}]
    assert summary(errors) == Message("name: значение не подходит", "name: the value does not fit")
