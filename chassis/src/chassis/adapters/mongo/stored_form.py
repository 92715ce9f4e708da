"""Documents as MongoDB keeps them: `{_id, revision, live, body, keys}`; the body is binary and never looked into."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from pymongo import IndexModel, UpdateOne
from pymongo.errors import BulkWriteError

from chassis.adapters.mongo.database import Record
from chassis.document_store import Collection, Document, Scalar

MOST_BYTES = 16 * 1024 * 1024 - 64 * 1024
"""How long a body may be: MongoDB takes 16 MiB with all that is beside it."""

FIRST = 0
"""The revision of a stream's first event."""

BESIDE_KEYS = {"revision": 1, "body": 1}
BODY_ONLY = {"_id": 0, "body": 1}
REVISION_ONLY = {"revision": 1}

_DUPLICATE_KEY = 11000
_NO_KEYS: Mapping[str, Scalar] = MappingProxyType({})


def record(collection: Collection, document: Document) -> Record:
    """Return what is stored. Raises `ValueError` for a body that is too long."""
    if document.body is not None and len(document.body) > MOST_BYTES:
        raise ValueError(f"a document of {collection.name} has {len(document.body)} bytes, more than {MOST_BYTES}")
    return {
        "_id": document.id,
        "revision": document.revision,
        "live": document.body is not None,
        "body": document.body,
        "keys": {key: document.keys.get(key) for key in collection.keys},
    }


def written_if_newer(new: Record) -> UpdateOne:
    """Return the upsert that writes a record over an older one and leaves a newer one as it is.

    The guard is in the change and not in the condition: a condition that does not hold would try to insert the
    document a second time, and that error says nothing about which of the two is newer.
    """
    is_newer = {"$lt": ["$revision", new["revision"]]}
    change = [{"$replaceWith": {"$cond": [is_newer, {"$literal": new}, "$$ROOT"]}}]
    return UpdateOne({"_id": new["_id"]}, change, upsert=True)


def is_only_about_duplicates(problem: BulkWriteError) -> bool:
    """Say whether all that went wrong is that documents of the first revision were there already."""
    errors: Sequence[Mapping[str, Any]] = problem.details["writeErrors"]
    return not problem.details["writeConcernErrors"] and all(error["code"] == _DUPLICATE_KEY for error in errors)


def document(found: Mapping[str, Any]) -> Document:
    """Return a document, without its keys."""
    return Document(found["_id"], found["revision"], found["body"], _NO_KEYS)


def condition(equal: Mapping[str, Scalar]) -> Record:
    """Return the filter of `find`: it names `live`, as the partial indexes do, which leave tombstones out."""
    return {"live": True, **{f"keys.{key}": value for key, value in equal.items()}}


def ordering(order: str) -> list[tuple[str, int]]:
    """Return the order of `find`: by a key, ties by id, in one direction."""
    direction = -1 if order.startswith("-") else 1
    return [(f"keys.{order.removeprefix('-')}", direction), ("_id", direction)]


def index_models(collection: Collection) -> list[IndexModel]:
    """Return the indexes of a collection; each serves both directions, because it can be walked backwards."""
    return [
        IndexModel([*((f"keys.{key}", 1) for key in keys), ("_id", 1)], partialFilterExpression={"live": True})
        for keys in collection.indexes
    ]
