"""The form of every error: `{"detail": …}`."""

from collections.abc import Mapping

import orjson
from starlette.responses import Response

DETAILS: Mapping[int, str] = {
    400: "Некорректные данные запроса",
    401: "Требуется авторизация",
    403: "Недостаточно прав",
    404: "Не найдено",
    405: "Метод не поддерживается",
    409: "Конфликт с текущим состоянием",
    413: "Тело запроса слишком большое",
    416: "Запрошенный диапазон вне файла",
    422: "Ошибка валидации",
    429: "Слишком много запросов",
    431: "Слишком большие заголовки запроса",
    500: "Внутренняя ошибка сервера",
    503: "Сервис временно недоступен, повторите запрос позже",
}
"""What is said when nobody has a better sentence."""

RETRY_AFTER = {"Retry-After": "5"}
"""The header of a 503: when it is worth to try again, in seconds."""

_ALSO_MESSAGE = frozenset({"/auth/register", "/auth/login"})
"""Paths whose errors repeat their text as `message`: the existing web page shows that."""


def problem(
    status: int, detail: object = None, headers: Mapping[str, str] | None = None, path: str = "", message: str = ""
) -> Response:
    """Return an error as JSON. `detail` is a sentence, or for 422 a list; `message` sums a list up."""
    body = {"detail": DETAILS.get(status, DETAILS[400]) if detail is None else detail}
    if path in _ALSO_MESSAGE:
        body["message"] = message or (detail if isinstance(detail, str) else DETAILS.get(status, DETAILS[400]))
    return Response(orjson.dumps(body), status, dict(headers or {}), "application/json")
