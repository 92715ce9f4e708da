"""Connection to MongoDB: the driver's client, its timeouts and the translation of its errors (ADR 9)."""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pymongo
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo.errors import PyMongoError

from chassis.adapters.mongo.errors import store_unavailable

Record = dict[str, Any]
MongoDatabase = AsyncIOMotorDatabase[Record]
MongoCollection = AsyncIOMotorCollection[Record]

TIMEOUT_SECONDS = 5.0
"""Timeout of one operation, including the retries of the driver."""

_CONNECT_MS = 2000
_HEARTBEAT_MS = 3000


@asynccontextmanager
async def mongo_database(uri: str, name: str) -> AsyncGenerator[MongoDatabase]:
    """Open a database. The client connects at the first operation: the server may be down now.

    Write concern is a journaled majority and read preference is primary; both override the URI. Raises `ValueError`,
    which does not quote the URI, for a malformed URI.
    """
    client = _client(uri)
    try:
        yield client.get_database(name)
    finally:
        client.close()


@contextmanager
def mongo_operation(timeout_seconds: float | None = TIMEOUT_SECONDS) -> Generator[None]:
    """Set a deadline for the calls inside and translate errors of the driver to `StoreUnavailable`.

    The deadline starts here, so it includes waiting for a thread of the driver; the driver sends it to the server. The
    error omits the driver's message, which may quote a document.
    """
    try:
        with pymongo.timeout(timeout_seconds):
            yield
    except PyMongoError as problem:
        raise store_unavailable(problem) from None


def _client(uri: str) -> AsyncIOMotorClient[Record]:
    try:
        return AsyncIOMotorClient(
            uri,
            appname="california-gold",
            w="majority",
            journal=True,
            readPreference="primary",
            serverSelectionTimeoutMS=_CONNECT_MS,
            connectTimeoutMS=_CONNECT_MS,
            heartbeatFrequencyMS=_HEARTBEAT_MS,
        )
    except (PyMongoError, ValueError) as problem:
        raise ValueError(f"the connection string of MongoDB is not valid: {type(problem).__name__}") from None
