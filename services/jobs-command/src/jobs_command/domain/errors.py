"""Errors of the job's domain rules."""

from california_gold_contracts.jobs import JobStatus
from chassis.commands.errors import DomainError
from jobs_command import messages


class JobNotFound(DomainError):
    """The job does not exist or belongs to another user: a client can't tell which."""

    def __init__(self) -> None:
        super().__init__(messages.JOB_NOT_FOUND)


class ForbiddenTransition(DomainError):
    """The job's status can't be changed to the wanted one."""

    def __init__(self, present: JobStatus, wanted: JobStatus) -> None:
        super().__init__(messages.FORBIDDEN_TRANSITION.format(present=present, wanted=wanted))


class TooManyChanges(DomainError):
    """The owner has changed the job so often that its history would become a burden to everybody who reads it."""

    def __init__(self, max_changes: int) -> None:
        super().__init__(messages.TOO_MANY_CHANGES.format(max_changes=max_changes))


class InputRefused(DomainError):
    """The job has an input already, or has ended."""
