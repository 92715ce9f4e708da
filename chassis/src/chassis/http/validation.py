"""The `detail` of a 422: pydantic's errors with messages in both languages, and without secrets and long values."""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TypeGuard, cast

from chassis.commands.errors import InvalidValue
from chassis.commands.message import Language, Message
from chassis.http.messages import FIELD_ERRORS

_NULL = "none_required"
_SECRET = ("passw", "token", "secret")
_MAX_TEXT_LENGTH = 100
_MAX_VALUE_LENGTH = 300
_MAX_ERRORS = 50


def field_errors(errors: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """Return the `detail` of a 422: of each field `type`, `loc`, `msg`, and `input` when it is short and no secret."""
    return [_field_error(error) for error in _of_fields(errors)]


def summary(errors: Sequence[Mapping[str, object]]) -> Message:
    """Return one sentence for all errors."""
    found = _of_fields(errors)
    return Message(_summary(found, Language.RUSSIAN), _summary(found, Language.ENGLISH))


def _summary(errors: Sequence[Mapping[str, object]], language: Language) -> str:
    return "; ".join(": ".join([*_field(error), _message(error).text(language)]) for error in errors)


def _of_fields(errors: Sequence[Mapping[str, object]]) -> Sequence[Mapping[str, object]]:
    """Return at most `_MAX_ERRORS` errors, those of optional fields without the traces of their union type.

    An optional field is a union with null. pydantic adds an error for null, and the union's branch to `loc`.
    """
    optional = {tuple(_sequence(error["loc"])[:-1]) for error in errors if error["type"] == _NULL}
    relevant = [error for error in errors if error["type"] != _NULL]
    return [_without_branch(error, optional) for error in relevant[:_MAX_ERRORS]]


def _without_branch(error: Mapping[str, object], optional: Collection[tuple[object, ...]]) -> Mapping[str, object]:
    location = tuple(_sequence(error["loc"]))
    ends = [end for end in range(len(location)) if location[:end] in optional]
    return {**error, "loc": (*location[: ends[0]], *location[ends[0] + 1 :])} if ends else error


def _field_error(error: Mapping[str, object]) -> Mapping[str, object]:
    location = _location(error)
    described: dict[str, object] = {"type": str(error["type"]), "loc": [*location], "msg": _message(error)}
    given = error.get("input")
    if _harmless(given) and not any(word in str(part).lower() for part in location for word in _SECRET):
        described["input"] = given
    return described


def _field(error: Mapping[str, object]) -> list[str]:
    return [part for part in _location(error)[1:] if isinstance(part, str)][-1:]


def _harmless(value: object) -> TypeGuard[str | float | int | None]:
    if isinstance(value, str):
        return len(value) <= _MAX_TEXT_LENGTH and _sendable(value) == value
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or (isinstance(value, int) and abs(value) < 2**53)


def _location(error: Mapping[str, object]) -> list[str | int]:
    parts = error["loc"]
    return [part if isinstance(part, int) else _sendable(str(part)[:_MAX_TEXT_LENGTH]) for part in _sequence(parts)]


def _sequence(value: object) -> Sequence[object]:
    return cast("Sequence[object]", value) if isinstance(value, (tuple, list)) else ()


def _message(error: Mapping[str, object]) -> Message:
    context = cast("Mapping[str, object]", error.get("ctx") or {})
    if error["type"] == "value_error":
        return _refusal(context["error"])
    message = FIELD_ERRORS.get(str(error["type"]))
    if message is None:
        return _untranslated(str(error["msg"])[:_MAX_TEXT_LENGTH])
    return message.format(**{name: _sendable(str(value)[:_MAX_VALUE_LENGTH]) for name, value in context.items()})


def _refusal(error: object) -> Message:
    """Return the message of an error that a validator raised."""
    return error.message if isinstance(error, InvalidValue) else _untranslated(str(error)[:_MAX_VALUE_LENGTH])


def _untranslated(text: str) -> Message:
    return Message(_sendable(text), _sendable(text))


def _sendable(text: str) -> str:
    """Lone surrogates, which JSON can smuggle in, cannot be written as UTF-8."""
    return text.encode("utf-8", "replace").decode()
