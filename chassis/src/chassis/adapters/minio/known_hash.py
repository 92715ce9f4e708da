"""Where the SHA-256 of an object is kept beside it (ADR 11)."""

from collections.abc import Mapping
from hashlib import sha256
from typing import cast

from minio.commonconfig import Tags
from minio.datatypes import Object

from chassis.adapters.minio.connection import S3Client

_NAME = "sha256"
_HEADER = f"x-amz-meta-{_NAME}"
_OF = "etag"
_PIECE = 1024 * 1024


def hash_header(hash_: str) -> Mapping[str, str]:
    """Return the header that stores an object together with its hash."""
    return {_HEADER: hash_}


def remember(client: S3Client, bucket: str, name: str, etag: str, hash_: str) -> None:
    """Keep the hash of an object that is there already. The tags say which bytes they are of: others may come."""
    tags = Tags.new_object_tags()
    tags[_NAME], tags[_OF] = hash_, etag
    client.set_object_tags(bucket, name, tags)


def known_hash(client: S3Client, found: Object) -> str:
    """Return the hash of an object as it was found: what is kept, else what reading tells."""
    name = found.object_name or ""
    if found.metadata and (kept := found.metadata.get(_HEADER)):
        return kept
    tags = cast("Mapping[str, str] | None", client.get_object_tags(found.bucket_name, name))
    if tags and tags.get(_OF) == found.etag and _NAME in tags:
        return tags[_NAME]
    return _read_hash(client, found.bucket_name, name, found.etag or "")


def _read_hash(client: S3Client, bucket: str, name: str, etag: str) -> str:
    digest = sha256()
    response = client.get_object(bucket, name, request_headers={"If-Match": etag})
    try:
        for piece in response.stream(_PIECE, decode_content=False):
            digest.update(piece)
    finally:
        response.close()
        response.release_conn()
    return digest.hexdigest()
