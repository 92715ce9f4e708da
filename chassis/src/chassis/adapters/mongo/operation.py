"""One operation on MongoDB: its deadline, and the translation of the driver's errors (ADR 9)."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType

import pymongo
from pymongo.errors import OperationFailure, PyMongoError

from chassis.ports.event_store import StoreUnavailable

TIMEOUT_SECONDS = 5.0
"""Timeout of one operation, including the retries of the driver."""

_GRACE_SECONDS = 0.25
"""The driver reports its own timeout within this time, with the cause."""

_CHANGED_INDEX = "an index of that name has another declaration; drop it in the database, it is built again"
_REMEDIES: Mapping[int, str] = MappingProxyType(
    {
        13: "the user needs the role readWrite on the database and on <database>_keys",
        18: "the user or the password in MONGODB_URI is wrong",
        85: _CHANGED_INDEX,
        86: _CHANGED_INDEX,
    }
)
"""What an operator must do about an error that does not end by itself, by the server's code."""


@asynccontextmanager
async def mongo_operation(timeout_seconds: float | None = TIMEOUT_SECONDS) -> AsyncGenerator[None]:
    """Set a deadline for the calls inside and translate errors of the driver to `StoreUnavailable`.

    The driver limits its retries to the deadline and sends it to the server, but checks it only once it runs: with
    Motor, in a thread. The event loop's timeout ends a call that still waits for a thread.
    """
    limit = None if timeout_seconds is None else timeout_seconds + _GRACE_SECONDS
    try:
        with pymongo.timeout(timeout_seconds):
            async with asyncio.timeout(limit):
                yield
    except TimeoutError:
        raise StoreUnavailable(f"MongoDB: no answer within {timeout_seconds} s") from None
    except PyMongoError as problem:
        raise StoreUnavailable(f"MongoDB: {_reason(problem)}") from None


def _reason(problem: PyMongoError) -> str:
    """Return the kind of an error without the driver's message, which may quote a document."""
    kind = type(problem).__name__
    if "CERTIFICATE_VERIFY_FAILED" in str(problem):
        return f"{kind}: the server's certificate is not trusted; see tlsCAFile in MONGODB_URI"
    if not isinstance(problem, OperationFailure) or not problem.code:
        return kind
    remedy = _REMEDIES.get(problem.code)
    return f"{kind} {problem.code}: {remedy}" if remedy else f"{kind} {problem.code}"
