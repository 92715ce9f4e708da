"""Mapping of documents to MongoDB records: `{_id, revision, live, body, keys}`; the body is opaque binary data."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pymongo import IndexModel

from chassis.adapters.mongo.database import Record
from chassis.ports.document_store import Collection, Document, Scalar

MAX_BODY_BYTES = 16 * 1024 * 1024 - 64 * 1024
"""Maximum size of a body: a MongoDB record holds 16 MiB, including the other fields."""

WITHOUT_KEYS = {"revision": 1, "body": 1}
BODY_ONLY = {"_id": 0, "body": 1}
REVISION_ONLY = {"revision": 1}

_NO_KEYS: Mapping[str, Scalar] = MappingProxyType({})


def record(collection: Collection, document: Document) -> Record:
    """Return the record of a document. Raises `ValueError` for a body that is too long."""
    if document.body is not None and len(document.body) > MAX_BODY_BYTES:
        raise ValueError(f"a document of {collection.name} has {len(document.body)} bytes, more than {MAX_BODY_BYTES}")
    return {
        "_id": document.id,
        "revision": document.revision,
        "live": document.body is not None,
        "body": document.body,
        "keys": {key: document.keys.get(key) for key in collection.keys},
    }


def document(found: Mapping[str, Any]) -> Document:
    """Return the document of a record, without its keys."""
    return Document(found["_id"], found["revision"], found["body"], _NO_KEYS)


def query_filter(equal: Mapping[str, Scalar]) -> Record:
    """Return the filter of `find`; `live` makes it match the partial indexes, which leave out tombstones."""
    return {"live": True, **{f"keys.{key}": value for key, value in equal.items()}}


def sort_order(order: str) -> list[tuple[str, int]]:
    """Return the sort order of `find`: by a key, ties by id, both in one direction."""
    direction = -1 if order.startswith("-") else 1
    return [(f"keys.{order.removeprefix('-')}", direction), ("_id", direction)]


def index_models(collection: Collection) -> list[IndexModel]:
    """Return the indexes of a collection; each serves both directions, because the server can scan it backwards."""
    return [
        IndexModel([*((f"keys.{key}", 1) for key in keys), ("_id", 1)], partialFilterExpression={"live": True})
        for keys in collection.indexes
    ]
