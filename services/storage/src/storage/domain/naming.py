"""Which names files and buckets can have, and how a file is identified by them."""

import re
from dataclasses import dataclass
from unicodedata import category, normalize
from uuid import UUID, uuid5

from storage.domain.errors import InvalidBucket, InvalidFileName, ReservedBucket

DEFAULT_BUCKET = "uploads"
_RESERVED = frozenset({"files", "jobs", "results"})
_LONGEST_NAME = 1024
_BUCKET = re.compile(r"(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_UNWRITABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
_FILES = UUID("4b7de1e0-92a5-5b0a-8f6b-6f3b9f3a5f11")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a user sees a file: users never meet, whatever they call their buckets and files."""

    owner_id: int
    bucket: str
    name: str

    @property
    def file_id(self) -> UUID:
        """The id of whatever file is at this place, now or ever."""
        return uuid5(_FILES, f"{self.owner_id}/{self.bucket}/{self.name}")


def bucket_name(text: str) -> str:
    """Return a bucket's name. Raises `InvalidBucket` or `ReservedBucket`."""
    if not _BUCKET.fullmatch(text):
        raise InvalidBucket
    if text in _RESERVED:
        raise ReservedBucket(text)
    return text


def file_name(text: str) -> str:
    """Return a file's name in Unicode's composed form. Raises `InvalidFileName`.

    A name may be nested with `/`; one that would mean another place to a file system or to a URL is refused.
    """
    name = composed(text)
    if "\\" in name or any(category(character) in _UNWRITABLE for character in name):
        raise InvalidFileName
    if len(name.encode()) > _LONGEST_NAME or any(part in {"", ".", ".."} for part in name.split("/")):
        raise InvalidFileName
    return name


def composed(text: str) -> str:
    """Return a text in Unicode's composed form (NFC), so that what looks the same is the same."""
    return normalize("NFC", text)


def basename(name: str) -> str:
    """Return the last part of a nested name, which is what a browser saves the file as."""
    return name.rpartition("/")[2]
