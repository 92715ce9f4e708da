"""What is wrong with a request's fields: FastAPI's list, in the user's language, and safe to send back."""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TypeGuard, cast

from pydantic import JsonValue

_SENTENCES = {
    "missing": "Обязательное поле",
    "extra_forbidden": "Неизвестное поле",
    "json_invalid": "Некорректный JSON",
    "string_type": "Ожидается строка",
    "string_unicode": "Ожидается строка в UTF-8",
    "string_too_short": "Длина не менее {min_length}",
    "string_too_long": "Длина не более {max_length}",
    "string_pattern_mismatch": "Недопустимый формат",
    "int_type": "Ожидается целое число",
    "int_parsing": "Ожидается целое число",
    "int_parsing_size": "Слишком большое число",
    "int_from_float": "Ожидается целое число",
    "float_type": "Ожидается число",
    "float_parsing": "Ожидается число",
    "finite_number": "Ожидается конечное число",
    "bool_type": "Ожидается true или false",
    "bool_parsing": "Ожидается true или false",
    "uuid_type": "Ожидается UUID",
    "uuid_parsing": "Ожидается UUID",
    "enum": "Допустимые значения: {expected}",
    "literal_error": "Допустимые значения: {expected}",
    "greater_than": "Больше {gt}",
    "greater_than_equal": "Не меньше {ge}",
    "less_than": "Меньше {lt}",
    "less_than_equal": "Не больше {le}",
    "dict_type": "Ожидается объект JSON",
    "model_type": "Ожидается объект JSON",
    "model_attributes_type": "Ожидается объект JSON",
    "list_type": "Ожидается список",
    "value_error": "{error}",
}
_NULL = "none_required"
_SECRET = ("passw", "token", "secret")
_LONGEST = 100
_MOST = 50


def field_errors(errors: Sequence[Mapping[str, object]]) -> list[JsonValue]:
    """Return what a 422 says of each field: `type`, `loc`, `msg`, and `input` when it is short and no secret."""
    return [_field_error(error) for error in _of_fields(errors)]


def summary(errors: Sequence[Mapping[str, object]]) -> str:
    """Return one sentence for all of them."""
    return "; ".join(": ".join([*_field(error), _sentence(error)]) for error in _of_fields(errors))


def _of_fields(errors: Sequence[Mapping[str, object]]) -> Sequence[Mapping[str, object]]:
    """Return at most `_MOST` errors. Of a field that may be left out, what is wrong with its value, under its name.

    Its type is a union with null, and pydantic also says that the value is not null, and which branch said what.
    """
    optional = {tuple(_sequence(error["loc"])[:-1]) for error in errors if error["type"] == _NULL}
    meant = [error for error in errors if error["type"] != _NULL]
    return [_without_branch(error, optional) for error in meant[:_MOST]]


def _without_branch(error: Mapping[str, object], optional: Collection[tuple[object, ...]]) -> Mapping[str, object]:
    location = tuple(_sequence(error["loc"]))
    ends = [end for end in range(len(location)) if location[:end] in optional]
    return {**error, "loc": (*location[: ends[0]], *location[ends[0] + 1 :])} if ends else error


def _field_error(error: Mapping[str, object]) -> JsonValue:
    location = _location(error)
    described: dict[str, JsonValue] = {"type": str(error["type"]), "loc": [*location], "msg": _sentence(error)}
    given = error.get("input")
    if _harmless(given) and not any(word in str(part).lower() for part in location for word in _SECRET):
        described["input"] = given
    return described


def _field(error: Mapping[str, object]) -> list[str]:
    return [part for part in _location(error)[1:] if isinstance(part, str)][-1:]


def _harmless(value: object) -> TypeGuard[str | float | int | None]:
    if isinstance(value, str):
        return len(value) <= _LONGEST and _sendable(value) == value
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or (isinstance(value, int) and abs(value) < 2**53)


def _location(error: Mapping[str, object]) -> list[str | int]:
    parts = error["loc"]
    return [part if isinstance(part, int) else _sendable(str(part)[:_LONGEST]) for part in _sequence(parts)]


def _sequence(value: object) -> Sequence[object]:
    return cast("Sequence[object]", value) if isinstance(value, (tuple, list)) else ()


def _sentence(error: Mapping[str, object]) -> str:
    sentence = _SENTENCES.get(str(error["type"]))
    if sentence is None:
        return _sendable(str(error["msg"])[:_LONGEST])
    context = cast("Mapping[str, object]", error.get("ctx") or {})
    return sentence.format_map({name: _sendable(str(value)[:300]) for name, value in context.items()})


def _sendable(text: str) -> str:
    """Lone surrogates, which JSON can smuggle in, cannot be written as UTF-8."""
    return text.encode("utf-8", "replace").decode()
