"""The HTTP status of each domain error."""

from collections.abc import Mapping

from jobs_command.domain.errors import ForbiddenTransition, InputRefused, JobNotFound, TooManyChanges

ERRORS: Mapping[type[Exception], int] = {
    JobNotFound: 404,
    ForbiddenTransition: 400,
    InputRefused: 400,
    TooManyChanges: 400,
}
