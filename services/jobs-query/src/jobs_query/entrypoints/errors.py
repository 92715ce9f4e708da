"""HTTP status of each error."""

from collections.abc import Mapping

from jobs_query.domain.errors import (
    AdministratorsOnly,
    InvalidZip,
    JobFileNotFound,
    JobNotFound,
    NoResult,
    NoZip,
    RevisionNotReached,
)

ERRORS: Mapping[type[Exception], int] = {
    JobNotFound: 404,
    AdministratorsOnly: 403,
    JobFileNotFound: 404,
    NoResult: 404,
    RevisionNotReached: 409,
    NoZip: 400,
    InvalidZip: 400,
}
