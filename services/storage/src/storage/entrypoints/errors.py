"""The HTTP status of each domain error."""

from collections.abc import Mapping

from storage.domain.errors import FileNotFound, InvalidBucket, InvalidFileName, ReservedBucket

ERRORS: Mapping[type[Exception], int] = {
    FileNotFound: 404,
    InvalidFileName: 400,
    InvalidBucket: 400,
    ReservedBucket: 400,
}
