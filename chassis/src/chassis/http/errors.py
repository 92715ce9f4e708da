"""All errors become HTTP here."""

from collections.abc import Callable, Iterable, Mapping
from typing import cast

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.responses import Response
from starlette.types import ExceptionHandler

from chassis.commands.errors import DomainError
from chassis.http.problems import DETAILS, RETRY_AFTER, problem
from chassis.http.validation import field_errors, summary
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.object_store import ObjectNotFound

_FRAMEWORK_SENTENCES = {"Not Found": 404, "Method Not Allowed": 405}
_log = structlog.get_logger()


def install(app: FastAPI, tables: Iterable[Mapping[type[Exception], int]]) -> None:
    """Answer each error with the status that the services' tables give it, and the rest as the contract says."""
    statuses: dict[type[Exception], int] = {DomainError: 400}
    for table in tables:
        statuses.update(table)

    def from_table(connection: HTTPConnection, error: Exception) -> Response:
        status = next(statuses[kind] for kind in type(error).__mro__ if kind in statuses)
        message = error.message if isinstance(error, DomainError) else None
        return problem(status, message, path=connection.url.path)

    for kind in (HTTPException, RequestValidationError, StoreUnavailable, ObjectNotFound, ClientDisconnect):
        app.add_exception_handler(kind, _asynchronous(answer))
    for kind in statuses:
        app.add_exception_handler(kind, _asynchronous(from_table))


def answer(connection: HTTPConnection, error: Exception) -> Response:
    """Return the answer to an error that no service's table knows."""
    path = connection.url.path
    match error:
        case RequestValidationError():
            found = error.errors()
            return problem(422, field_errors(found), path=path, message=summary(found))
        case HTTPException(detail="There was an error parsing the body"):
            # Not UTF-8, too deep, a number of thousands of digits: FastAPI says 400 there, and 422 for other bad JSON.
            found = [{"type": "json_invalid", "loc": ("body",), "msg": ""}]
            return problem(422, field_errors(found), path=path, message=summary(found))
        case HTTPException():
            known = _FRAMEWORK_SENTENCES.get(str(error.detail))
            return problem(error.status_code, DETAILS[known] if known else error.detail, error.headers, path)
        case StoreUnavailable():
            _log.warning("store_unavailable", exc_info=error)
            return problem(503, headers=RETRY_AFTER, path=path)
        case ObjectNotFound():
            return problem(404, "Файл не найден", path=path)
        case ClientDisconnect():
            _log.info("request_abandoned")
            return problem(400, path=path)
        case _:
            _log.error("request_failed", exc_info=error)
            return problem(500, path=path)


def _asynchronous(handler: Callable[[HTTPConnection, Exception], Response]) -> ExceptionHandler:
    """Starlette would run a plain function in a thread."""

    async def handle(connection: HTTPConnection, error: Exception) -> Response:
        return handler(connection, error)

    return cast("ExceptionHandler", handle)
