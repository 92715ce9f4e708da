"""Events of the files of users, published by storage."""

from typing import ClassVar
from uuid import UUID

from california_gold_contracts.event import Event


class FileStored(Event):
    """A file was stored under `object_key` in the object store; it replaces an earlier file of this name.

    `bucket`, `name` and `content_type` are sealed texts, chosen by the user; `size` is in bytes, `sha256` in hex.
    """

    wire_type: ClassVar[str] = "files.file-stored.v2"

    file_id: UUID
    owner_id: int
    bucket: str
    name: str
    size: int
    sha256: str
    content_type: str
    object_key: str


class FileDeleted(Event):
    """The file was deleted; its object is deleted afterwards."""

    wire_type: ClassVar[str] = "files.file-deleted.v1"

    file_id: UUID
    owner_id: int
