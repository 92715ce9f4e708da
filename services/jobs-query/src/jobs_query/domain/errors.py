"""Why a query about a job has no answer."""

from chassis.commands.errors import DomainError
from chassis.commands.message import Message
from jobs_query import messages


class JobNotFound(DomainError):
    """There is no such job, or it belongs to another user: the answer does not tell which."""

    def __init__(self) -> None:
        super().__init__(messages.JOB_NOT_FOUND)


class RevisionNotReached(DomainError):
    """The read model did not reach the requested revision in time."""

    def __init__(self) -> None:
        super().__init__(messages.REVISION_NOT_REACHED)


class JobFileNotFound(DomainError):
    """The job has no such file."""

    def __init__(self) -> None:
        super().__init__(messages.FILE_NOT_FOUND)


class NoResult(DomainError):
    """The analysis has not ended with a result (yet)."""

    def __init__(self, reason: Message = messages.RESULT_NOT_READY) -> None:
        super().__init__(reason)


class NoZip(DomainError):
    """The job has no file, or its file is no ZIP archive."""

    def __init__(self) -> None:
        super().__init__(messages.NO_ZIP)


class InvalidZip(DomainError):
    """The archive's directory cannot be read, contradicts itself or is too large."""

    def __init__(self, reason: Message) -> None:
        super().__init__(messages.INVALID_ZIP.format(reason=reason))


class AdministratorsOnly(DomainError):
    """The statistics of the whole system are for administrators."""

    def __init__(self) -> None:
        super().__init__(messages.ADMINISTRATORS_ONLY)
