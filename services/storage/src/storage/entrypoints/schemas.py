"""Response bodies of storage."""

from datetime import datetime

from pydantic import BaseModel


class UploadedOut(BaseModel):
    """A stored file; `size` in bytes."""

    message: str
    filename: str
    bucket: str
    size: int


class FileOut(BaseModel):
    """An entry of the list; `size` in bytes."""

    name: str
    size: int
    last_modified: datetime


class FilesOut(BaseModel):
    """The files of a bucket, in the order of their names."""

    bucket: str
    files: list[FileOut]
    count: int


class LinkOut(BaseModel):
    """A URL that needs no token until it expires."""

    filename: str
    url: str
    expires_in_seconds: int


class FileDeletedOut(BaseModel):
    """What was done."""

    message: str
