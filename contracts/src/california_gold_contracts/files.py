"""Facts about the files of users, published by storage."""

from typing import ClassVar
from uuid import UUID

from california_gold_contracts.event import Event


class FileStored(Event):
    """The bytes are in the object store under `object_key`; an earlier version under this name is replaced.

    `bucket` and `name` are the user's own; `size` is in bytes, `sha256` in hex.
    """

    wire_type: ClassVar[str] = "files.file-stored.v1"

    file_id: UUID
    owner_id: int
    bucket: str
    name: str
    size: int
    sha256: str
    content_type: str
    object_key: str


class FileDeleted(Event):
    """The file is gone for its owner; the bytes follow."""

    wire_type: ClassVar[str] = "files.file-deleted.v1"

    file_id: UUID
    owner_id: int
