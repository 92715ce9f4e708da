"""Sentences of the gateway's own error responses: those of the services."""

from collections.abc import Mapping

DETAILS: Mapping[int, str] = {
    400: "Некорректные данные запроса",
    404: "Не найдено",
    405: "Метод не поддерживается",
    413: "Тело запроса слишком большое",
    431: "Слишком большие заголовки запроса",
    500: "Внутренняя ошибка сервера",
    503: "Сервис временно недоступен, повторите запрос позже",
}
"""Status -> sentence."""
