"""Errors of storage's domain."""

from chassis.commands.errors import DomainError
from storage import messages


class FileNotFound(DomainError):
    """The user has no such file."""

    def __init__(self) -> None:
        super().__init__(messages.FILE_NOT_FOUND)


class InvalidFileName(DomainError):
    """The text is not a valid file name."""

    def __init__(self) -> None:
        super().__init__(messages.INVALID_FILE_NAME)


class InvalidBucket(DomainError):
    """The text is not a valid bucket name."""

    def __init__(self) -> None:
        super().__init__(messages.INVALID_BUCKET)


class ReservedBucket(DomainError):
    """The bucket name is one of the product's own buckets."""

    def __init__(self, bucket: str) -> None:
        super().__init__(messages.RESERVED_BUCKET.format(bucket=bucket))
