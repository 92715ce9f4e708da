"""File and bucket names, and the file id that follows from them."""

import re
from dataclasses import dataclass
from uuid import UUID, uuid5

from chassis.commands.text import has_direction_controls, has_unwritable_characters, nfc
from storage.domain.errors import InvalidBucket, InvalidFileName, ReservedBucket

DEFAULT_BUCKET = "uploads"
_RESERVED = frozenset({"files", "jobs", "results"})
_RESERVED_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
"""Prefixes and suffixes that S3 keeps for itself ("General purpose bucket naming rules")."""
_MAX_NAME_BYTES = 1024
_BUCKET = re.compile(r"(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_FILE_IDS = UUID("4b7de1e0-92a5-5b0a-8f6b-6f3b9f3a5f11")


@dataclass(frozen=True, slots=True)
class FileLocation:
    """The natural key of a file: owner, bucket and name. Equal buckets and names of two users are two locations."""

    owner_id: int
    bucket: str
    name: str

    @property
    def file_id(self) -> UUID:
        """The UUIDv5 of the location: it stays the same when the file is replaced, or deleted and stored again."""
        return uuid5(_FILE_IDS, f"{self.owner_id}/{self.bucket}/{self.name}")


def bucket_name(text: str) -> str:
    """Return a valid bucket name (S3's alphabet). Raises `InvalidBucket` or `ReservedBucket`."""
    if not _BUCKET.fullmatch(text):
        raise InvalidBucket
    if text in _RESERVED:
        raise ReservedBucket(text)
    return text


def new_bucket_name(text: str) -> str:
    """Return a valid name of a bucket to store in. Raises `InvalidBucket` or `ReservedBucket`.

    It also refuses what S3 reserves; buckets that have files already keep their names.
    """
    name = bucket_name(text)
    if name.startswith(_RESERVED_PREFIXES) or name.endswith(_RESERVED_SUFFIXES):
        raise ReservedBucket(name)
    return name


def file_name(text: str) -> str:
    """Return a valid file name in Unicode NFC; it may be nested with `/`. Raises `InvalidFileName`.

    Absolute paths, backslashes, and empty, `.` and `..` segments are refused: a file system or URL would resolve them.
    """
    name = nfc(text)
    if "\\" in name or has_unwritable_characters(name):
        raise InvalidFileName
    if len(name.encode()) > _MAX_NAME_BYTES or any(segment in {"", ".", ".."} for segment in name.split("/")):
        raise InvalidFileName
    return name


def new_file_name(text: str) -> str:
    """Return a valid name for a file to store. Raises `InvalidFileName`.

    It also refuses direction controls, which hide a file's extension; files stored earlier keep their names.
    """
    name = file_name(text)
    if has_direction_controls(name):
        raise InvalidFileName
    return name


def basename(name: str) -> str:
    """Return the last segment of a nested name: a browser saves the file under it."""
    return name.rpartition("/")[2]
