"""Exception handlers: the HTTP answer to each error."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import cast

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.responses import Response
from starlette.types import ExceptionHandler

from chassis.commands.errors import DomainError, TryAgainLater
from chassis.commands.idempotency_keys import KeyReused
from chassis.http.messages import FILE_NOT_FOUND, IDEMPOTENCY_KEY_REUSED, STATUS_DETAILS
from chassis.http.problems import RETRY_AFTER, problem
from chassis.http.validation import field_errors, summary
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.key_store import KeyShredded
from chassis.ports.object_store import ObjectNotFound, StoreFull
from chassis.quotas.quotas import SpaceExceeded

_FRAMEWORK_DETAILS = {"Not Found": 404, "Method Not Allowed": 405}
_ANSWERED = (
    *(HTTPException, RequestValidationError, ClientDisconnect),
    *(StoreUnavailable, ObjectNotFound, KeyReused, KeyShredded),
)
_log = structlog.get_logger()


class InvalidText(HTTPException):
    """A part of the request (`path`, `query` or `body`) has text that no store keeps: NUL, or a lone surrogate.

    FastAPI turns other errors of reading a body into a 400.
    """

    def __init__(self, where: str) -> None:
        super().__init__(422)
        self.errors = [{"type": "string_unusable", "loc": (where,), "msg": ""}]


def install(app: FastAPI, tables: Iterable[Mapping[type[Exception], int]]) -> None:
    """Install the exception handlers: `tables` are the services' statuses by error class; others get `answer`."""
    statuses: dict[type[Exception], int] = {DomainError: 400, TryAgainLater: 429, SpaceExceeded: 413}
    for table in tables:
        statuses.update(table)

    def from_table(error: Exception) -> Response:
        status = next(statuses[error_type] for error_type in type(error).__mro__ if error_type in statuses)
        headers = {"Retry-After": str(error.seconds)} if isinstance(error, TryAgainLater) else None
        return problem(status, error.message if isinstance(error, DomainError) else None, headers)

    for error_type in _ANSWERED:
        app.add_exception_handler(error_type, _handler(answer))
    for error_type in statuses:
        app.add_exception_handler(error_type, _handler(from_table))


def answer(error: Exception) -> Response:
    """Return the answer to an error that is in no service's table."""
    match error:
        case RequestValidationError():
            return _invalid(error.errors())
        case InvalidText():
            return _invalid(error.errors)
        case HTTPException(detail="There was an error parsing the body"):
            # Not UTF-8, too deep, a number of thousands of digits: FastAPI says 400 there, and 422 for other bad JSON.
            return _invalid([{"type": "json_invalid", "loc": ("body",), "msg": ""}])
        case HTTPException():
            known = _FRAMEWORK_DETAILS.get(str(error.detail))
            return problem(error.status_code, STATUS_DETAILS[known] if known else error.detail, error.headers)
        case StoreUnavailable():
            return _unavailable(error)
        case KeyReused():
            return problem(422, IDEMPOTENCY_KEY_REUSED)
        case KeyShredded():
            # The account was deleted while the request was under way.
            return problem(401, headers={"WWW-Authenticate": "Bearer"})
        case ObjectNotFound():
            return problem(404, FILE_NOT_FOUND)
        case ClientDisconnect():
            _log.info("request_abandoned")
            return problem(400)
        case _:
            _log.error("request_failed", exc_info=error)
            return problem(500)


def _unavailable(error: StoreUnavailable) -> Response:
    if isinstance(error, StoreFull):
        _log.error("store_full", reason=str(error))
        return problem(507)
    _log.warning("store_unavailable", exc_info=error)
    return problem(503, headers=RETRY_AFTER)


def _invalid(found: Sequence[Mapping[str, object]]) -> Response:
    return problem(422, field_errors(found), message=summary(found))


def _handler(answer_to: Callable[[Exception], Response]) -> ExceptionHandler:
    """Return an asynchronous exception handler: Starlette would run a plain function in a thread."""

    async def handle(_connection: HTTPConnection, error: Exception) -> Response:
        return answer_to(error)

    return cast("ExceptionHandler", handle)
