"""Error responses: one JSON shape, and no internal details."""

import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import httpx
import pytest
from structlog.testing import capture_logs

OpenApi = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]
GOOD = {"username": "doctor", "password": "password123"}


@pytest.mark.parametrize(
    ("what", "status", "detail"),
    [
        ("refused", 409, "Так нельзя"),
        ("unmapped", 400, "Неизвестное правило"),
        ("away", 503, "Сервис временно недоступен, повторите запрос позже"),
        ("missing", 404, "Файл не найден"),
        ("teapot", 418, "Я чайник"),
        ("broken", 500, "Внутренняя ошибка сервера"),
    ],
)
async def test_every_error_has_the_same_json_shape(api: httpx.AsyncClient, what: str, status: int, detail: str) -> None:
    answer = await api.get(f"/raises/{what}")
    assert (answer.status_code, answer.json()) == (status, {"detail": detail})
    assert answer.headers["content-type"] == "application/json"


async def test_an_unavailable_store_is_answered_with_retry_after(api: httpx.AsyncClient) -> None:
    assert (await api.get("/raises/away")).headers["Retry-After"] == "5"


async def test_an_unexpected_error_is_logged_without_details_in_the_response(api: httpx.AsyncClient) -> None:
    with capture_logs() as logs:
        answer = await api.get("/raises/broken", headers={"X-Request-ID": "mine-1"})
    assert answer.headers["X-Request-ID"] == "mine-1"
    assert "secret" not in answer.text
    assert [(line["event"], line["log_level"]) for line in logs] == [("request_failed", "error")]


async def test_an_unexpected_error_has_the_cors_headers(api: httpx.AsyncClient) -> None:
    answer = await api.get("/raises/broken", headers={"Origin": "https://page.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "https://page.example"


async def test_an_unknown_path_is_404_and_a_wrong_method_is_405_with_allow(api: httpx.AsyncClient) -> None:
    missing, wrong = await api.get("/nothing"), await api.post("/things/1")
    assert (missing.status_code, missing.json()) == (404, {"detail": "Не найдено"})
    assert (wrong.status_code, wrong.json()) == (405, {"detail": "Метод не поддерживается"})
    assert wrong.headers["Allow"] == "DELETE, GET"


async def test_an_invalid_field_is_named_with_its_location(api: httpx.AsyncClient) -> None:
    answer = await api.get("/things/one", params={"limit": 99})
    assert answer.status_code == 422
    assert answer.json()["detail"] == [
        {"type": "int_parsing", "loc": ["path", "number"], "msg": "Ожидается целое число", "input": "one"},
        {"type": "less_than_equal", "loc": ["query", "limit"], "msg": "Не больше 10", "input": "99"},
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"password": "hunter2"},
        {"username": "d", "password": "hunt"},
        {"username": {"password": "hunter2"}, "password": ["hunter2"]},
        {"username": "x" * 5000, "password": "hunt", "age": "x" * 5000},
    ],
)
async def test_secrets_and_long_values_of_a_refused_body_are_not_repeated(
    api: httpx.AsyncClient, body: dict[str, object]
) -> None:
    answer = await api.post("/commands", json=body)
    assert answer.status_code == 422
    assert "hunt" not in answer.text
    assert len(answer.text) < 1000


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"[]",
        b"null",
        b'"text"',
        b'{"username": "\xff"}',
        b"[" * 100_000,
        b'{"username": "ab", "password": "password123", "age": ' + b"9" * 5000 + b"}",
        b'{"username": "ab", "password": "password123", "age": 1e400}',
        b'{"username": "ab", "password": "password123", "age": NaN}',
        b'{"username": "a\\u0000b", "password": "password123"}',
        b'{"username": "a\x00b", "password": "password123"}',
        b'{"username": "half \\ud83d of a pair", "password": "password123"}',
        b'{"username": "the other \\ude00 half", "password": "password123"}',
        b'{"username": "halves \\ud83d\\ud83d\\ude00", "password": "password123"}',
        b'{"username": "after a backslash \\\\\\u0000", "password": "password123"}',
        "{}".encode("utf-16"),
    ],
    ids=range(17),
)
async def test_a_malformed_body_is_422(api: httpx.AsyncClient, body: bytes) -> None:
    answer = await api.post("/auth/register", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert isinstance(answer.json()["detail"], list)


@pytest.mark.parametrize("name", ["Ивáн 😀", "\\u0000", "a\\b", '""'])
async def test_unusual_but_valid_text_is_accepted_unchanged(api: httpx.AsyncClient, name: str) -> None:
    answer = await api.post("/auth/register", json={**GOOD, "username": name})
    assert (answer.status_code, answer.json()) == (201, {"username": name})


@pytest.mark.parametrize("path", ["/things/%00", "/things/1?limit=%00", "/%00"])
async def test_nul_in_the_address_is_422(api: httpx.AsyncClient, path: str) -> None:
    answer = await api.get(path)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["msg"] == "Недопустимый символ в тексте"


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "image/png", "json", ""])
async def test_json_with_another_content_type_is_422(api: httpx.AsyncClient, content_type: str) -> None:
    body = b'{"username": "ab", "password": "password123"}'
    answer = await api.post("/commands", content=body, headers={"Content-Type": content_type})
    assert answer.status_code == 422


@pytest.mark.parametrize("path", ["/auth/register"])
async def test_errors_of_paths_of_the_service_repeat_their_text_as_message(api: httpx.AsyncClient, path: str) -> None:
    answer = await api.post(path, json={"username": "d"})
    assert answer.json()["message"] == "username: Длина не менее 2; password: Обязательное поле"


async def test_a_too_large_body_is_413_with_and_without_content_length(open_api: OpenApi) -> None:
    async def pieces():
        for _ in range(3):
            yield b" " * 1000

    async with open_api(max_body_bytes=2000) as api:
        announced = await api.post("/commands", content=b" " * 2001)
        streamed = await api.post("/commands", content=pieces())
        assert [announced.status_code, streamed.status_code] == [413, 413]
        assert announced.json() == {"detail": "Тело запроса слишком большое: не более 2000 байт"}
        fits = await api.post("/auth/register", json={**GOOD, "username": "x" * 1000})
        assert fits.status_code == 201


async def test_a_refused_body_is_not_logged(api: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), capture_logs() as logs:
        await api.post("/commands", json={"username": "d", "password": "hunt"})
    assert "hunt" not in f"{logs}{caplog.text}"
