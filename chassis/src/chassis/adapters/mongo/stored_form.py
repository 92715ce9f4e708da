"""Documents as MongoDB keeps them: `{_id, revision, live, body, keys}`; the body is binary and never looked into."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pymongo import IndexModel

from chassis.adapters.mongo.database import Record
from chassis.ports.document_store import Collection, Document, Scalar

MOST_BYTES = 16 * 1024 * 1024 - 64 * 1024
"""How long a body may be: MongoDB takes 16 MiB with all that is beside it."""

BESIDE_KEYS = {"revision": 1, "body": 1}
BODY_ONLY = {"_id": 0, "body": 1}
REVISION_ONLY = {"revision": 1}

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
