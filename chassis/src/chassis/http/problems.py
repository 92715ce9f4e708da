"""The form of every error: `{"detail": …}`."""

from collections.abc import Mapping
from typing import cast

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from chassis.commands.message import Language, Message
from chassis.http.language import language_of

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


class Problem(Response):
    """An error as JSON. It is rendered when it is sent, because the language is the request's."""

    def __init__(self, status: int, detail: object, headers: Mapping[str, str], also_message: object) -> None:
        super().__init__(None, status)
        self._own = dict(headers)
        self._detail, self._also_message = detail, also_message

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Render the error in the language of the request, and send it."""
        language = language_of(scope)
        body = {"detail": localized(self._detail, language)}
        if self._also_message:
            body["message"] = localized(self._also_message, language)
        await Response(orjson.dumps(body), self.status_code, self._own, "application/json")(scope, receive, send)


def localized(value: object, language: Language) -> object:
    """Return a JSON value with each `Message` in it replaced by its text in a language."""
    if isinstance(value, Message):
        return value.text(language)
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, object]", value)
        return {name: localized(item, language) for name, item in fields.items()}
    if isinstance(value, list):
        return [localized(item, language) for item in cast("list[object]", value)]
    return value


def problem(
    status: int, detail: object = None, headers: Mapping[str, str] | None = None, path: str = "", message: object = ""
) -> Problem:
    """Return an error as JSON. `detail` is a sentence, or for 422 a list; `message` sums a list up."""
    told: object = DETAILS.get(status, DETAILS[400]) if detail is None else detail
    summed = (
        (message or (told if isinstance(told, (str, Message)) else DETAILS[status])) if path in _ALSO_MESSAGE else None
    )
    return Problem(status, told, headers or {}, summed)
