"""Connection to MongoDB: the driver's client (ADR 9). No other file names the classes of a driver."""

import asyncio
import warnings
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Literal, cast

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from chassis.adapters.mongo.cancelled_connections import close_cancelled_connections
from chassis.adapters.mongo.connection_string import client_options

Record = dict[str, Any]
MongoDriver = Literal["motor", "pymongo"]
MongoDatabase = AsyncIOMotorDatabase[Record]
"""A database of either driver: the adapter calls only methods that both have in the same form."""
MongoCollection = AsyncIOMotorCollection[Record]


@asynccontextmanager
async def mongo_database(uri: str, name: str, driver: MongoDriver = "motor") -> AsyncGenerator[MongoDatabase]:
    """Open a database. The client connects at the first operation: the server may be down now.

    Write concern is a journaled majority, read preference is primary. Raises `ValueError`, which does not quote the
    URI, for a malformed URI or an option that contradicts this.
    """
    client = _client(uri, driver)
    try:
        yield cast("MongoDatabase", client.get_database(name))
    finally:
        # Motor's `close` waits for the server in the calling thread.
        await (client.close() if isinstance(client, AsyncMongoClient) else asyncio.to_thread(client.close))


def _client(uri: str, driver: MongoDriver) -> "AsyncIOMotorClient[Record] | AsyncMongoClient[Record]":
    options = client_options(uri)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # the driver warns of an invalid option and ignores it
            if driver == "motor":
                return AsyncIOMotorClient(uri, **options)
            close_cancelled_connections()
            return AsyncMongoClient(uri, **options)
    except UserWarning:
        raise ValueError("an option of MongoDB's connection string is unknown, invalid or repeated") from None
    except OSError as problem:
        raise ValueError(f"a file of the connection string of MongoDB can't be read: {problem.args[-1]}") from None
    except (PyMongoError, ValueError) as problem:
        raise ValueError(f"the connection string of MongoDB is not valid: {type(problem).__name__}") from None
