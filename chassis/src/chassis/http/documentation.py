"""How routes describe themselves in the OpenAPI document."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, JsonValue

from chassis.commands.message import Language, Message
from chassis.http.problems import DETAILS, localized

Responses = dict[int | str, dict[str, Any]]


class Tag(StrEnum):
    """The sections of the API document."""

    AUTHENTICATION = "Аутентификация"
    USERS = "Пользователи"
    FILES = "Файлы"
    JOBS = "Задания"
    SYSTEM = "Система"


class Problem(BaseModel):
    """Описание ошибки."""

    detail: str


class FieldProblem(BaseModel):
    """Что не так с одним полем запроса."""

    type: str
    loc: list[str | int]
    msg: str
    input: JsonValue = None


class ValidationProblem(BaseModel):
    """Ошибка валидации: список полей или одно предложение."""

    detail: list[FieldProblem] | str


ALWAYS = (422, 429, 500, 503)
"""What any route may answer, 422 to an address that holds NUL; `create_app` documents these everywhere."""

_TITLES: Mapping[int, str] = {
    400: "Некорректные данные запроса",
    401: "Неавторизованный доступ",
    403: "Недостаточно прав",
    404: "Ресурс не найден",
    409: "Конфликт",
    413: "Слишком большой файл или запрос",
    416: "Диапазон вне файла",
    422: "Ошибка валидации",
    429: "Превышен лимит запросов",
    500: "Внутренняя ошибка сервера",
    503: "Сервис временно недоступен",
}


def errors(*statuses: int, examples: Mapping[int, Sequence[Message | str]] | None = None) -> Responses:
    """Return the `responses` of a route that may answer these statuses.

    `examples` are the sentences of a status, where the usual one says less.
    """
    return {status: _response(status, (examples or {}).get(status, (DETAILS[status],))) for status in statuses}


def form(properties: Mapping[str, Mapping[str, JsonValue]], required: Sequence[str] = ()) -> dict[str, Any]:
    """Return the `openapi_extra` of a route that reads a form by itself, from the JSON Schemas of its fields."""
    schema = {"type": "object", "properties": dict(properties), "required": list(required)}
    if not required:
        del schema["required"]
    return {"requestBody": {"required": bool(required), "content": {"multipart/form-data": {"schema": schema}}}}


FILE: Mapping[str, JsonValue] = {"type": "string", "format": "binary"}
"""The JSON Schema of a file in a form."""


def _response(status: int, sentences: Sequence[Message | str]) -> dict[str, Any]:
    named = {
        f"{number}": {"value": {"detail": localized(sentence, Language.RUSSIAN)}}
        for number, sentence in enumerate(sentences, 1)
    }
    return {
        "model": ValidationProblem if status == 422 else Problem,
        "description": _TITLES[status],
        "content": {"application/json": {"examples": named}},
    }
