"""Writing documents in bulk, each only where none is there that is as new."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from chassis.adapters.mongo.database import MongoCollection, Record
from chassis.ports.event_store import FIRST

_DUPLICATE_KEY = 11000


async def put_newer(collection: MongoCollection, records: Sequence[Record]) -> None:
    """Write records: one command for those of a first revision, one for later ones."""
    firsts = [new for new in records if new["revision"] == FIRST]
    later = [_written_if_newer(new) for new in records if new["revision"] != FIRST]
    if firsts:
        await _insert_missing(collection, firsts)
    if later:
        await cast("Any", collection).bulk_write(later, ordered=False)


async def _insert_missing(collection: MongoCollection, records: Sequence[Record]) -> None:
    """Insert first revisions: none is newer than what is there. It costs a server half of an upsert or less."""
    try:
        await collection.insert_many(records, ordered=False)
    except BulkWriteError as problem:
        if not _is_only_about_duplicates(problem.details):
            raise


def _written_if_newer(new: Record) -> UpdateOne:
    """Return the upsert that writes a record over an older one and leaves a newer one as it is.

    The guard is in the change and not in the condition: a condition that does not hold would try to insert the
    document a second time, and that error says nothing about which of the two is newer.
    """
    is_newer = {"$lt": ["$revision", new["revision"]]}
    change = [{"$replaceWith": {"$cond": [is_newer, {"$literal": new}, "$$ROOT"]}}]
    return UpdateOne({"_id": new["_id"]}, change, upsert=True)


def _is_only_about_duplicates(details: Mapping[str, Any]) -> bool:
    return not details["writeConcernErrors"] and all(
        error["code"] == _DUPLICATE_KEY for error in details["writeErrors"]
    )
