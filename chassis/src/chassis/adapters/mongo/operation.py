"""One operation on MongoDB: its deadline and the translation of its errors (ADR 9)."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pymongo
from pymongo.errors import PyMongoError

from chassis.adapters.mongo.errors import store_unavailable
from chassis.ports.event_store import StoreUnavailable

TIMEOUT_SECONDS = 5.0
"""Timeout of one operation, including the retries of the driver."""

_GRACE_SECONDS = 0.25
"""The driver reports its own timeout within this time, with the cause."""


@asynccontextmanager
async def mongo_operation(
    timeout_seconds: float | None = TIMEOUT_SECONDS, *, setting: str = "MONGODB_URI"
) -> AsyncGenerator[None]:
    """Set a deadline for the calls inside and translate errors of the driver to `StoreUnavailable`.

    A refusal names the `setting` that has the connection string.
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
        raise store_unavailable(problem, setting) from None
