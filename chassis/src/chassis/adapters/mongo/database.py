"""How MongoDB is reached: the one place that names the driver's client, its deadlines and its errors."""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pymongo
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo.errors import OperationFailure, PyMongoError

from chassis.ports.event_store import StoreUnavailable

Record = dict[str, Any]
MongoDatabase = AsyncIOMotorDatabase[Record]
MongoCollection = AsyncIOMotorCollection[Record]

PATIENCE_SECONDS = 5.0
"""How long one call may take, with all that the driver tries again on its own."""

_CONNECT_MS = 2000
_HEARTBEAT_MS = 3000


@asynccontextmanager
async def mongo_database(uri: str, name: str) -> AsyncGenerator[MongoDatabase]:
    """Prepare the use of a database; no server has to be there, and none is asked for.

    What is written is on the disks of a majority when it is acknowledged; what is read comes from the primary,
    whatever the URI says. Raises `ValueError`, without the URI, for one that is malformed.
    """
    client = _client(uri)
    try:
        yield client.get_database(name)
    finally:
        client.close()


@contextmanager
def reaching(seconds: float | None = PATIENCE_SECONDS) -> Generator[None]:
    """Give the calls inside a deadline and turn what the driver raises into `StoreUnavailable`.

    The deadline counts from here, so that calls which wait behind others for a thread of the driver end too; the
    server is told of it. Nothing of the driver's message is passed on, because it may quote a document.
    """
    try:
        with pymongo.timeout(seconds):
            yield
    except PyMongoError as problem:
        code = f" {problem.code}" if isinstance(problem, OperationFailure) and problem.code else ""
        raise StoreUnavailable(f"MongoDB: {type(problem).__name__}{code}") from None


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
