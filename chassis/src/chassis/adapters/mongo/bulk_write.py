"""Bulk writes, in commands that the driver retries after a failover; a record replaces an older revision only."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from pymongo import DeleteOne, UpdateOne
from pymongo.errors import BulkWriteError

from chassis.adapters.mongo.database import MongoCollection, Record
from chassis.ports.event_store import FIRST

_DUPLICATE_KEY = 11000


async def put_newer(collection: MongoCollection, records: Sequence[Record]) -> None:
    """Write records: one command for first revisions, one for later revisions."""
    firsts = [new for new in records if new["revision"] == FIRST]
    later = [_replace_if_newer(new) for new in records if new["revision"] != FIRST]
    if firsts:
        await _insert_missing(collection, firsts)
    if later:
        await cast("Any", collection).bulk_write(later, ordered=False)


async def delete(collection: MongoCollection, ids: Sequence[str]) -> None:
    """Delete records one by one in one command: unlike `delete_many`, the driver may retry it."""
    await cast("Any", collection).bulk_write([DeleteOne({"_id": each}) for each in ids], ordered=False)


async def _insert_missing(collection: MongoCollection, records: Sequence[Record]) -> None:
    """Insert first revisions where no record exists. An insert costs the server at most half of an upsert."""
    try:
        await collection.insert_many(records, ordered=False)
    except BulkWriteError as problem:
        if not _has_only_duplicate_keys(problem.details):
            raise


def _replace_if_newer(new: Record) -> UpdateOne:
    """Return the upsert that replaces an older record and keeps a newer one.

    The revision check is in the update, not in the filter: a filter without a match would insert the record a second
    time, and the duplicate key error would not tell which revision is newer.
    """
    is_newer = {"$lt": ["$revision", new["revision"]]}
    update = [{"$replaceWith": {"$cond": [is_newer, {"$literal": new}, "$$ROOT"]}}]
    return UpdateOne({"_id": new["_id"]}, update, upsert=True)


def _has_only_duplicate_keys(details: Mapping[str, Any]) -> bool:
    return not details["writeConcernErrors"] and all(
        error["code"] == _DUPLICATE_KEY for error in details["writeErrors"]
    )
